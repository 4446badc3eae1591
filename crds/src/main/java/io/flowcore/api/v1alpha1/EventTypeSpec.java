package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The desired state of an event type: one kind of event, with its own webhooks. */
@ValidationRule(
    value = "self.flowTypeRef.name == oldSelf.flowTypeRef.name",
    message =
        "flowTypeRef is immutable because the ids of stored events derive from it; create a new EventType")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message =
        "name is immutable because the ids of stored events derive from it; create a new EventType")
public record EventTypeSpec(
    @Required @JsonPropertyDescription("FlowType that this event type belongs to. Immutable.")
        ObjectRef flowTypeRef,
    @Required
        @Size(min = 1, max = Patterns.MAX_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription(
            "Name of the event type, for example order.placed; {eventType} in webhook paths. Immutable.")
        String name,
    @Size(max = 1000)
        @JsonPropertyDescription("Meaning of the event, for readers. Changes apply by live reload.")
        String description,
    @JsonPropertyDescription(
            "Time that events stay in the hot store. Default: the data core's value. Changes apply by live"
                + " reload.")
        Retention retention,
    @JsonPropertyDescription(
            "Whether events are archived. Default: true. Changes apply by live reload. With false, events that were"
                + " accepted before and are not archived yet are not archived either: they are kept for one more"
                + " hour, and are then deleted when their TTL has passed. Events that are archived stay in the"
                + " archive.")
        Boolean archive,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Maximum size of an event, in bytes of JSON. It does not apply to the parts of files. Default and"
                + " maximum: the data core's value. Changes apply by live reload.")
        String maxEventSize,
    @JsonPropertyDescription(
            "Whether the webhooks of this event type accept files. The schema and maxEventSize do not apply to"
                + " the parts of a file: they are stored unchecked, and each can contain up to 512 KiB of the"
                + " file. Default: true, but false if the event type sets schema or maxEventSize. Changes apply"
                + " by live reload.")
        Boolean files,
    @PreserveUnknownFields
        @JsonPropertyDescription(
            "JSON Schema (draft 2020-12) that every event must match, except the parts of files. References to other documents are"
                + " rejected. Default: any JSON object. Changes apply by live reload.")
        JsonNode schema) {}
