package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The observed state of a flow type. */
public record FlowTypeStatus(
    @JsonPropertyDescription("Generation of the spec that this status was computed from.")
        Long observedGeneration,
    @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the flow type, derived from its data core and name.") String id,
    @JsonPropertyDescription("Number of accepted event types.") Integer eventTypes) {}
