package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The desired state of a flow type: a group of related event types, such as those of an order. */
@ValidationRule(
    value = "self.dataCoreRef.name == oldSelf.dataCoreRef.name",
    message =
        "dataCoreRef is immutable because the ids of stored events derive from it; create a new FlowType")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message =
        "name is immutable because the ids of stored events derive from it; create a new FlowType")
public record FlowTypeSpec(
    @Required @JsonPropertyDescription("DataCore that this flow type belongs to. Immutable.")
        ObjectRef dataCoreRef,
    @Required
        @Size(min = 1, max = Patterns.MAX_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription("Name of the flow type; {flowType} in webhook paths. Immutable.")
        String name,
    @Size(max = 1000)
        @JsonPropertyDescription(
            "Purpose of the flow type, for readers. Changes apply by live reload.")
        String description) {}
