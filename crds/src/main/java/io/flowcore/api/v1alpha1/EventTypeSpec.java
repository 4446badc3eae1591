package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One kind of event: the thing that has a webhook. */
@ValidationRule(
    value = "self.flowTypeRef.name == oldSelf.flowTypeRef.name",
    message =
        "flowTypeRef can't be changed: the ids of stored events derive from it; make a new EventType")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message =
        "name can't be changed: the ids of stored events derive from it; make a new EventType")
public record EventTypeSpec(
    @Required
        @JsonPropertyDescription("The FlowType that this event type belongs to. Can't be changed.")
        ObjectRef flowTypeRef,
    @Required
        @Size(min = 1, max = Patterns.MAX_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription(
            "Name of the event type, for example order.placed; the fourth part of its URL's path. Can't be changed.")
        String name,
    @Size(max = 1000) @JsonPropertyDescription("What this event says. Changing it: live reload.")
        String description,
    @JsonPropertyDescription(
            "How long events stay hot. Left out: as the data core says. Changing it: live reload.")
        Retention retention,
    @JsonPropertyDescription(
            "Whether events are archived at all. Left out: true. Changing it: live reload; it holds for events that"
                + " come from then on.")
        Boolean archive,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Largest event, in bytes of JSON. Left out: as the data core says; at most 1Mi. Changing it: live reload.")
        String maxEventSize,
    @PreserveUnknownFields
        @JsonPropertyDescription(
            "A JSON Schema (draft 2020-12) that every event must fit; references to other documents are refused. Left"
                + " out: any JSON object. Changing it: live reload.")
        JsonNode schema) {}
