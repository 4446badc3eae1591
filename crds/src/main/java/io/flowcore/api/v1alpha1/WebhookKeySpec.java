package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** The desired state of a webhook key. The key itself is stored in a Secret, never here. */
@ValidationRule(
    value = "has(self.secretName) != has(self.existingSecretRef)",
    message =
        "a WebhookKey needs exactly one of secretName (the operator creates the key) and existingSecretRef (you provide the key)")
@ValidationRule(
    value = "!has(self.rotation) || has(self.secretName)",
    message =
        "rotation works only for keys that the operator creates; use secretName, or rotate the existing Secret yourself")
@ValidationRule(
    value = "self.dataCoreRef.name == oldSelf.dataCoreRef.name",
    message = "dataCoreRef is immutable; create a new WebhookKey")
public record WebhookKeySpec(
    @Required @JsonPropertyDescription("DataCore that the key grants access to. Immutable.")
        ObjectRef dataCoreRef,
    @Required
        @Size(min = 1, max = 2)
        @JsonPropertyDescription(
            "Permissions of the key: ingest, fetch or both. Changes apply by live reload.")
        List<Permission> permissions,
    @Size(max = 200)
        @JsonPropertyDescription(
            "Flow types and event types that the key grants access to. Default: all of the data core. Changes"
                + " apply by live reload.")
        List<Allow> allow,
    @Size(min = 1, max = 253)
        @Pattern(Patterns.OBJECT_NAME)
        @JsonPropertyDescription(
            "Name of the Secret that the operator creates for the key and the webhook URLs. A change creates a"
                + " new key.")
        String secretName,
    @JsonPropertyDescription("Existing Secret that contains the key. Changes apply by live reload.")
        ExistingSecretRef existingSecretRef,
    @Size(min = 20, max = 35)
        @Pattern(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$")
        @JsonPropertyDescription(
            "Time from which workers reject the key, as an ISO 8601 date-time with an offset. Default: never."
                + " Changes apply by live reload.")
        String expiresAt,
    @JsonPropertyDescription(
            "Rejects requests with the key while true. Default: false. Changes apply by live reload.")
        Boolean suspended,
    @JsonPropertyDescription(
            "Replaces the key at regular intervals. Default: no rotation. Changes apply by live reload.")
        Rotation rotation,
    @JsonPropertyDescription(
            "Limits the request rate of the key, per worker. Default: no limit. Changes apply by live reload.")
        RateLimit rateLimit) {

  /** Returns a copy with other values for {@code suspended} and {@code expiresAt}. */
  public WebhookKeySpec limited(boolean whetherSuspended, String newExpiresAt) {
    return new WebhookKeySpec(
        dataCoreRef,
        permissions,
        allow,
        secretName,
        existingSecretRef,
        newExpiresAt,
        whetherSuspended,
        rotation,
        rateLimit);
  }

  /** A permission of a key. */
  public enum Permission {
    ingest,
    fetch
  }

  /** A flow type and, optionally, a selection of its event types. */
  public record Allow(
      @Required
          @Size(min = 1, max = Patterns.MAX_NAME)
          @Pattern(Patterns.NAME)
          @JsonPropertyDescription("Name of the flow type.")
          String flowType,
      @Size(max = 200)
          @JsonPropertyDescription(
              "Names of event types. Default, also if empty: all event types of the flow type.")
          List<@Size(min = 1, max = Patterns.MAX_NAME) @Pattern(Patterns.NAME) String>
              eventTypes) {}

  /** A Secret and the key in its data. */
  public record ExistingSecretRef(
      @Required
          @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("metadata.name of the Secret, in the same namespace.")
          String name,
      @Size(min = 1, max = 253)
          @Pattern("^[-._a-zA-Z0-9]+$")
          @JsonPropertyDescription(
              "Key in the Secret's data that contains the webhook key. Default: key.")
          String key) {}

  /** Limit of the request rate of a key. */
  public record RateLimit(
      @Required
          @Min(1)
          @Max(RateLimit.MAX_RATE)
          @JsonPropertyDescription(
              "Average number of requests per second. A batch counts as one request.")
          Integer requestsPerSecond,
      @Min(1)
          @Max(RateLimit.MAX_RATE)
          @JsonPropertyDescription(
              "Maximum number of requests in a burst. Default: the value of requestsPerSecond.")
          Integer burst) {
    /** Maximum of rate and burst, in requests. */
    public static final int MAX_RATE = 1_000_000;
  }

  /** Schedule of key rotation. */
  public record Rotation(
      @Required
          @Size(min = 2, max = 40)
          @Pattern(Patterns.DURATION)
          @JsonPropertyDescription(
              "Age at which the key is replaced, for example 90d. Minimum: 1h.")
          String every,
      @Required
          @Size(min = 2, max = 40)
          @Pattern(Patterns.DURATION)
          @JsonPropertyDescription(
              "Time that the previous key stays valid after a rotation. Must be shorter than every.")
          String overlap) {}
}
