package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The observed state of an event type. */
public record EventTypeStatus(
    @JsonPropertyDescription("Generation of the spec that this status was computed from.")
        Long observedGeneration,
    @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the event type, derived from its flow type and name.")
        String id,
    @JsonPropertyDescription("Effective values, with defaults applied.") Effective effective,
    @JsonPropertyDescription("Webhook URLs.") Urls urls) {

  /** Effective values, with defaults applied. */
  public record Effective(
      @JsonPropertyDescription("Default time that an event stays in the hot store.") String hot,
      @JsonPropertyDescription("Maximum TTL that a sender may set.") String maxTtl,
      @JsonPropertyDescription("Whether events are archived.") Boolean archive,
      @JsonPropertyDescription("Maximum size of an event, in bytes.") Long maxEventSize,
      @JsonPropertyDescription("Whether files are accepted.") Boolean files) {}

  /** The three webhooks of an event type. */
  public record Urls(
      @JsonPropertyDescription("Accepts one JSON object.") String event,
      @JsonPropertyDescription("Accepts a JSON array of objects.") String events,
      @JsonPropertyDescription("Accepts a file. Absent if files are not accepted.") String file) {}
}
