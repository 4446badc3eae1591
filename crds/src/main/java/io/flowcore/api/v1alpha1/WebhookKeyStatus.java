package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What is true of a webhook key. Holds nothing that opens anything. */
public record WebhookKeyStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the key, the middle part of fc_<id>_<secret>.") String keyId,
    @JsonPropertyDescription("The keys that are good at present, the newest first.")
        List<Generation> generations,
    @JsonPropertyDescription("Number of event types that the key opens.") Integer eventTypes,
    @JsonPropertyDescription("Base URL of the webhooks.") String url,
    @JsonPropertyDescription("When the next key will be made.") String nextRotation) {

  /** One key in force. */
  public record Generation(
      @JsonPropertyDescription("First 12 hexadecimal digits of the key's SHA-256.")
          String fingerprint,
      @JsonPropertyDescription(
              "From when on this key is refused; left out: as spec.expiresAt says.")
          String notAfter) {}
}
