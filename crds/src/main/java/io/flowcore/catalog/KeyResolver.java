package io.flowcore.catalog;

import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.Patterns;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog.KeyDigest;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Validates WebhookKeys, finds their keys in Secrets and keeps only the digests.
 *
 * <p>The Secret's entry {@code key} (or the one that {@code existingSecretRef.key} names) is the
 * current key. During the overlap of a rotation {@code previousKey} is the one before, valid until
 * {@code previousKeyValidUntil}.
 */
final class KeyResolver {
  private static final long MIN_ROTATION_SECONDS = 3_600;

  private final Map<ResourceId, Secret> secrets = new HashMap<>();

  /** Each Secret is decoded once, however many keys it contains. */
  private final Map<ResourceId, Map<String, String>> decoded = new HashMap<>();

  KeyResolver(List<Secret> secrets) {
    secrets.forEach(secret -> this.secrets.put(ResourceId.of(secret), secret));
  }

  /** The id of a key and the digests of the current and the previous key, in this order. */
  record Resolved(String keyId, List<KeyDigest> digests) {}

  Optional<Resolved> resolve(WebhookKey resource, FieldValidator fields) {
    WebhookKeySpec spec = resource.getSpec();
    validate(spec, fields);
    if ((spec.secretName() == null) == (spec.existingSecretRef() == null)) {
      fields.invalid("spec", "needs exactly one of secretName and existingSecretRef");
      return Optional.empty();
    }
    boolean existing = spec.existingSecretRef() != null;
    String name = existing ? spec.existingSecretRef().name() : spec.secretName();
    String entry =
        existing && spec.existingSecretRef().key() != null
            ? spec.existingSecretRef().key()
            : RotatingKey.KEY;
    String field = existing ? "spec.existingSecretRef" : "spec.secretName";
    if (name == null) {
      fields.invalid(field + ".name", "is required");
      return Optional.empty();
    }
    ResourceId id = new ResourceId(ResourceKind.SECRET, ResourceId.of(resource).namespace(), name);
    RotatingKey key = RotatingKey.of(data(id), entry);
    if (key.key().isEmpty()) {
      fields.reject(
          Reason.SECRET_NOT_FOUND,
          field
              + " names "
              + id
              + ", which does not exist or has no entry '"
              + entry
              + "'; create it or correct the reference");
      return Optional.empty();
    }
    return resolve(id, entry, key, fields);
  }

  private static Optional<Resolved> resolve(
      ResourceId secret, String entry, RotatingKey key, FieldValidator fields) {
    if (key.keyId().isEmpty()) {
      fields.reject(Reason.INVALID_KEY, RotatingKey.invalidKeyMessage(secret, entry));
      return Optional.empty();
    }
    List<KeyDigest> digests = new ArrayList<>();
    digests.add(digest(key.key().get(), Optional.empty()));
    if (key.previousKey().isPresent()) {
      validatePreviousKey(secret, key, fields);
      digests.add(digest(key.previousKey().get(), key.overlapEnd()));
    }
    return Optional.of(new Resolved(key.keyId().get(), digests));
  }

  private static KeyDigest digest(String key, Optional<Instant> notAfter) {
    return new KeyDigest(KeyText.digest(key), notAfter);
  }

  /** Does not quote the entries: if they are mixed up, any of them can contain a key. */
  private static void validatePreviousKey(
      ResourceId secret, RotatingKey key, FieldValidator fields) {
    if (key.overlapEnd().isEmpty()) {
      fields.invalid(
          "the entry " + RotatingKey.PREVIOUS_KEY_VALID_UNTIL + " of " + secret,
          "is missing or not an ISO 8601 instant such as 2030-01-31T00:00:00Z");
    }
    if (!key.hasMatchingPreviousKey()) {
      fields.invalid(
          "the entry " + RotatingKey.PREVIOUS_KEY + " of " + secret,
          "is not a key with the id '"
              + key.keyId().orElseThrow()
              + "'; a key keeps its id when it is rotated");
    }
  }

  private static void validate(WebhookKeySpec spec, FieldValidator fields) {
    if (spec.permissions() == null || spec.permissions().isEmpty()) {
      fields.invalid("spec.permissions", "needs at least one of ingest and fetch");
    }
    if (spec.allow() != null) {
      for (int i = 0; i < spec.allow().size(); i++) {
        fields.name(
            "spec.allow[" + i + "].flowType", spec.allow().get(i).flowType(), Patterns.MAX_NAME);
      }
    }
    fields.parsed(
        "spec.expiresAt",
        spec.expiresAt(),
        OffsetDateTime::parse,
        "an ISO 8601 date-time with an offset, such as 2030-01-31T00:00:00Z");
    if (spec.rateLimit() != null) {
      validateRateLimit(spec.rateLimit(), fields);
    }
    if (spec.rotation() != null) {
      validateRotation(spec, fields);
    }
  }

  private static void validateRateLimit(WebhookKeySpec.RateLimit rate, FieldValidator fields) {
    fields.required("spec.rateLimit.requestsPerSecond", rate.requestsPerSecond());
    int max = WebhookKeySpec.RateLimit.MAX_RATE;
    fields.count("spec.rateLimit.requestsPerSecond", rate.requestsPerSecond(), 1, 1, max);
    fields.count("spec.rateLimit.burst", rate.burst(), 1, 1, max);
  }

  private static void validateRotation(WebhookKeySpec spec, FieldValidator fields) {
    WebhookKeySpec.Rotation rotation = spec.rotation();
    fields.required("spec.rotation.every", rotation.every());
    fields.required("spec.rotation.overlap", rotation.overlap());
    long every =
        fields.seconds(
            "spec.rotation.every",
            rotation.every(),
            Long.MAX_VALUE,
            MIN_ROTATION_SECONDS,
            SpecConverter.LONGEST_TTL_SECONDS);
    long overlap =
        fields.seconds(
            "spec.rotation.overlap", rotation.overlap(), 0, 0, SpecConverter.LONGEST_TTL_SECONDS);
    if (overlap >= every) {
      fields.invalid("spec.rotation.overlap", "must be shorter than spec.rotation.every");
    }
    if (spec.secretName() == null) {
      fields.invalid(
          "spec.rotation", "works only with spec.secretName; rotate an existing Secret yourself");
    }
  }

  private Map<String, String> data(ResourceId id) {
    Secret secret = secrets.get(id);
    return secret == null
        ? Map.of()
        : decoded.computeIfAbsent(id, key -> SecretData.decode(secret));
  }
}
