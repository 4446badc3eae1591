package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A group of event types that belong together, such as the life of an order. */
@ValidationRule(
    value = "self.dataCoreRef.name == oldSelf.dataCoreRef.name",
    message =
        "dataCoreRef can't be changed: the ids of stored events derive from it; make a new FlowType")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message = "name can't be changed: the ids of stored events derive from it; make a new FlowType")
public record FlowTypeSpec(
    @Required
        @JsonPropertyDescription("The DataCore that this flow type belongs to. Can't be changed.")
        ObjectRef dataCoreRef,
    @Required
        @Size(min = 1, max = Patterns.MAX_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription(
            "Name of the flow type, the third part of every URL's path. Can't be changed.")
        String name,
    @Size(max = 1000)
        @JsonPropertyDescription("What this flow type is for. Changing it: live reload.")
        String description) {}
