package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The observed state of a webhook key. Contains no secret values. */
public record WebhookKeyStatus(
    @JsonPropertyDescription("Generation of the spec that this status was computed from.")
        Long observedGeneration,
    @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the key, the middle part of fc_<id>_<secret>.") String keyId,
    @JsonPropertyDescription("Keys that are valid now, newest first.") List<Generation> generations,
    @JsonPropertyDescription("Number of event types that the key grants access to.")
        Integer eventTypes,
    @JsonPropertyDescription("Base URL of the webhooks.") String url,
    @JsonPropertyDescription("Time of the next rotation.") String nextRotation) {

  /** One valid key. */
  public record Generation(
      @JsonPropertyDescription("First 12 hexadecimal digits of the key's SHA-256 digest.")
          String fingerprint,
      @JsonPropertyDescription("Time from which workers reject this key. Default: spec.expiresAt.")
          String notAfter) {}
}
