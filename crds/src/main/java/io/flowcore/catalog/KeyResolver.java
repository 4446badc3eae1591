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
 * Finds the keys of a WebhookKey in its Secret and keeps only digests of them.
 *
 * <p>The Secret's entry {@code key} (or the one that {@code existingSecretRef.key} names) is the
 * newest generation. During the overlap of a rotation {@code previousKey} holds the one before,
 * good until {@code previousKeyValidUntil}.
 */
final class KeyResolver {
  private final Map<ResourceId, Secret> secrets = new HashMap<>();

  /** Entries by Secret, decoded once however many keys a Secret holds. */
  private final Map<ResourceId, Map<String, String>> texts = new HashMap<>();

  KeyResolver(List<Secret> secrets) {
    secrets.forEach(secret -> this.secrets.put(ResourceId.of(secret), secret));
  }

  /** A key's id and the digests of its generations, the newest first. */
  record Resolved(String keyId, List<KeyDigest> digests) {}

  Optional<Resolved> resolve(WebhookKey resource, FieldChecks checks) {
    WebhookKeySpec spec = resource.getSpec();
    check(spec, checks);
    if ((spec.secretName() == null) == (spec.existingSecretRef() == null)) {
      checks.invalid("spec", "needs exactly one of secretName and existingSecretRef");
      return Optional.empty();
    }
    boolean existing = spec.existingSecretRef() != null;
    String name = existing ? spec.existingSecretRef().name() : spec.secretName();
    String entry =
        existing && spec.existingSecretRef().key() != null
            ? spec.existingSecretRef().key()
            : KeyGenerations.KEY;
    String field = existing ? "spec.existingSecretRef" : "spec.secretName";
    if (name == null) {
      checks.invalid(field + ".name", "is required");
      return Optional.empty();
    }
    ResourceId id = new ResourceId("Secret", ResourceId.of(resource).namespace(), name);
    KeyGenerations generations = KeyGenerations.of(texts(id), entry);
    if (generations.key().isEmpty()) {
      checks
          .refusals()
          .add(
              ValidationFailure.of(
                  Reason.SecretNotFound,
                  field
                      + " names "
                      + id
                      + ", which does not exist or has nothing in the entry '"
                      + entry
                      + "'"));
      return Optional.empty();
    }
    return resolve(id, entry, generations, checks);
  }

  private static Optional<Resolved> resolve(
      ResourceId secret, String entry, KeyGenerations generations, FieldChecks checks) {
    if (generations.keyId().isEmpty()) {
      checks
          .refusals()
          .add(ValidationFailure.of(Reason.InvalidKey, KeyGenerations.noKey(secret, entry)));
      return Optional.empty();
    }
    List<KeyDigest> digests = new ArrayList<>();
    digests.add(digest(generations.key().get(), Optional.empty()));
    if (generations.previousKey().isPresent()) {
      previous(secret, generations, checks);
      digests.add(digest(generations.previousKey().get(), generations.end()));
    }
    return Optional.of(new Resolved(generations.keyId().get(), digests));
  }

  private static KeyDigest digest(String key, Optional<Instant> notAfter) {
    return new KeyDigest(KeyText.digest(key), notAfter);
  }

  /** Nothing is quoted: whoever mixes up the entries has a key standing in the wrong one. */
  private static void previous(ResourceId secret, KeyGenerations generations, FieldChecks checks) {
    if (generations.end().isEmpty()) {
      checks.invalid(
          "the entry " + KeyGenerations.PREVIOUS_KEY_VALID_UNTIL + " of " + secret,
          "is missing or no ISO 8601 instant");
    }
    if (!generations.previousKeyFits()) {
      checks.invalid(
          "the entry " + KeyGenerations.PREVIOUS_KEY + " of " + secret,
          "is no key with the id '"
              + generations.keyId().orElseThrow()
              + "', which a key keeps when it is rotated");
    }
  }

  private static void check(WebhookKeySpec spec, FieldChecks checks) {
    if (spec.permissions() == null || spec.permissions().isEmpty()) {
      checks.invalid("spec.permissions", "needs at least one of ingest and fetch");
    }
    if (spec.allow() != null) {
      for (int i = 0; i < spec.allow().size(); i++) {
        checks.name(
            "spec.allow[" + i + "].flowType", spec.allow().get(i).flowType(), Patterns.MAX_NAME);
      }
    }
    checks.parsed(
        "spec.expiresAt",
        spec.expiresAt(),
        OffsetDateTime::parse,
        "an ISO 8601 date-time with an offset, such as 2030-01-31T00:00:00Z");
    WebhookKeySpec.RateLimit rate = spec.rateLimit();
    if (rate != null) {
      checks.required("spec.rateLimit.requestsPerSecond", rate.requestsPerSecond());
      int max = WebhookKeySpec.RateLimit.MAX_RATE;
      checks.count("spec.rateLimit.requestsPerSecond", rate.requestsPerSecond(), 1, 1, max);
      checks.count("spec.rateLimit.burst", rate.burst(), 1, 1, max);
    }
    WebhookKeySpec.Rotation rotation = spec.rotation();
    if (rotation != null) {
      checks.required("spec.rotation.every", rotation.every());
      checks.required("spec.rotation.overlap", rotation.overlap());
      long every =
          checks.seconds(
              "spec.rotation.every",
              rotation.every(),
              Long.MAX_VALUE,
              3_600,
              SpecReader.LONGEST_TTL_SECONDS);
      long overlap =
          checks.seconds(
              "spec.rotation.overlap", rotation.overlap(), 0, 0, SpecReader.LONGEST_TTL_SECONDS);
      if (overlap >= every) {
        checks.invalid("spec.rotation.overlap", "must be shorter than spec.rotation.every");
      }
      if (spec.secretName() == null) {
        checks.invalid("spec.rotation", "works only with secretName");
      }
    }
  }

  private Map<String, String> texts(ResourceId id) {
    Secret secret = secrets.get(id);
    return secret == null
        ? Map.of()
        : texts.computeIfAbsent(id, key -> SecretEntries.texts(secret));
  }
}
