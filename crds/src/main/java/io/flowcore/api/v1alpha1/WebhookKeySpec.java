package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A key for posting and fetching events. The key itself stands in a Secret, never here. */
@ValidationRule(
    value = "has(self.secretName) != has(self.existingSecretRef)",
    message =
        "a WebhookKey needs exactly one of secretName (the operator makes the key) and existingSecretRef (you bring it)")
@ValidationRule(
    value = "!has(self.rotation) || has(self.secretName)",
    message =
        "rotation works only for keys that the operator makes; use secretName, or rotate the existing Secret yourself")
@ValidationRule(
    value = "self.dataCoreRef.name == oldSelf.dataCoreRef.name",
    message = "dataCoreRef can't be changed; make a new WebhookKey")
public record WebhookKeySpec(
    @Required @JsonPropertyDescription("The DataCore that the key opens. Can't be changed.")
        ObjectRef dataCoreRef,
    @Required
        @Size(min = 1, max = 2)
        @JsonPropertyDescription(
            "What the key may do: ingest, fetch or both. Changing it: live reload.")
        List<Permission> permissions,
    @Size(max = 200)
        @JsonPropertyDescription(
            "The flow types and event types that the key is good for. Left out: all of the data core. Changing it: live"
                + " reload.")
        List<Allow> allow,
    @Size(min = 1, max = 253)
        @Pattern(Patterns.OBJECT_NAME)
        @JsonPropertyDescription(
            "Name of the Secret that the operator makes, with the key and the URLs in it. Changing it: a new key.")
        String secretName,
    @JsonPropertyDescription("A Secret that holds the key already. Changing it: live reload.")
        ExistingSecretRef existingSecretRef,
    @Size(min = 20, max = 35)
        @Pattern(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$")
        @JsonPropertyDescription(
            "From when on the key is refused, as an ISO 8601 date-time with an offset. Left out: never. Changing it:"
                + " live reload.")
        String expiresAt,
    @JsonPropertyDescription(
            "Refuse the key while true. Left out: false. Changing it: live reload.")
        Boolean suspended,
    @JsonPropertyDescription(
            "Replace the key regularly. Left out: never. Changing it: live reload.")
        Rotation rotation,
    @JsonPropertyDescription(
            "Bounds how often the key may be used, in each worker. Left out: no bound. Changing it: live reload.")
        RateLimit rateLimit) {

  /** The same but for whether the key is suspended and until when it is good. */
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

  /** What a key may do. */
  public enum Permission {
    ingest,
    fetch
  }

  /** A flow type and, if not all, its event types. */
  public record Allow(
      @Required
          @Size(min = 1, max = Patterns.MAX_NAME)
          @Pattern(Patterns.NAME)
          @JsonPropertyDescription("Name of the flow type.")
          String flowType,
      @Size(max = 200)
          @JsonPropertyDescription("Names of event types. Left out or empty: all of the flow type.")
          List<@Size(min = 1, max = Patterns.MAX_NAME) @Pattern(Patterns.NAME) String>
              eventTypes) {}

  /** A Secret and the key inside it. */
  public record ExistingSecretRef(
      @Required
          @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("metadata.name of the Secret, in the same namespace.")
          String name,
      @Size(min = 1, max = 253)
          @Pattern("^[-._a-zA-Z0-9]+$")
          @JsonPropertyDescription("Entry of the Secret that holds the key. Left out: key.")
          String key) {}

  /** How often a key may be used. */
  public record RateLimit(
      @Required
          @Min(1)
          @Max(RateLimit.MAX_RATE)
          @JsonPropertyDescription("Requests in a second, on average; a batch is one request.")
          Integer requestsPerSecond,
      @Min(1)
          @Max(RateLimit.MAX_RATE)
          @JsonPropertyDescription(
              "Requests at once after a pause. Left out: the same as requestsPerSecond.")
          Integer burst) {
    /** Greatest rate and burst. */
    public static final int MAX_RATE = 1_000_000;
  }

  /** A schedule of new keys. */
  public record Rotation(
      @Required
          @Size(min = 2, max = 40)
          @Pattern(Patterns.DURATION)
          @JsonPropertyDescription("Age at which a key is replaced, at least 1h, for example 90d.")
          String every,
      @Required
          @Size(min = 2, max = 40)
          @Pattern(Patterns.DURATION)
          @JsonPropertyDescription(
              "How long the old key stays good beside the new one; shorter than every.")
          String overlap) {}
}
