package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What is true of an event type. */
public record EventTypeStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the event type, derived from its flow type and name.")
        String id,
    @JsonPropertyDescription("The values in force, after defaults.") Effective effective,
    @JsonPropertyDescription("Where to post events.") Urls urls) {

  /** The values in force. */
  public record Effective(
      @JsonPropertyDescription("How long an event stays hot by default.") String hot,
      @JsonPropertyDescription("The longest TTL a sender may ask for.") String maxTtl,
      @JsonPropertyDescription("Whether events are archived.") Boolean archive,
      @JsonPropertyDescription("Largest event in bytes.") Long maxEventSize) {}

  /** The three webhooks of an event type. */
  public record Urls(
      @JsonPropertyDescription("Posts one JSON object.") String event,
      @JsonPropertyDescription("Posts a JSON array of objects.") String events,
      @JsonPropertyDescription("Posts a file.") String file) {}
}
