package io.flowcore.catalog;

import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.Patterns;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog.KeyDigest;
import io.flowcore.catalog.Refusal.Reason;
import java.time.DateTimeException;
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
  static final String KEY = "key";
  static final String PREVIOUS_KEY = "previousKey";
  static final String PREVIOUS_KEY_VALID_UNTIL = "previousKeyValidUntil";

  /** Entries by Secret, decoded once however many keys a Secret holds. */
  private final Map<ResourceId, Map<String, String>> secrets = new HashMap<>();

  KeyResolver(List<Secret> secrets) {
    secrets.forEach(secret -> this.secrets.put(ResourceId.of(secret), SecretEntries.texts(secret)));
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
        existing && spec.existingSecretRef().key() != null ? spec.existingSecretRef().key() : KEY;
    String field = existing ? "spec.existingSecretRef" : "spec.secretName";
    if (name == null) {
      checks.invalid(field + ".name", "is required");
      return Optional.empty();
    }
    ResourceId id = new ResourceId("Secret", ResourceId.of(resource).namespace(), name);
    Optional<String> key = read(id, entry);
    if (key.isEmpty()) {
      checks
          .refusals()
          .add(
              Refusal.of(
                  Reason.SecretNotFound,
                  field
                      + " names "
                      + id
                      + ", which does not exist or has no entry '"
                      + entry
                      + "'"));
      return Optional.empty();
    }
    return generations(id, entry, key.get(), checks);
  }

  private Optional<Resolved> generations(
      ResourceId secret, String entry, String key, FieldChecks checks) {
    Optional<String> keyId = KeyText.id(key);
    if (keyId.isEmpty()) {
      checks
          .refusals()
          .add(
              Refusal.of(
                  Reason.InvalidKey,
                  "the entry '"
                      + entry
                      + "' of "
                      + secret
                      + " is no key; it must read "
                      + KeyText.FORM));
      return Optional.empty();
    }
    List<KeyDigest> digests = new ArrayList<>();
    digests.add(new KeyDigest(KeyText.digest(key), Optional.empty()));
    previous(secret, keyId.get(), checks).ifPresent(digests::add);
    return Optional.of(new Resolved(keyId.get(), digests));
  }

  private Optional<KeyDigest> previous(ResourceId secret, String keyId, FieldChecks checks) {
    Optional<String> until = read(secret, PREVIOUS_KEY_VALID_UNTIL);
    return read(secret, PREVIOUS_KEY)
        .flatMap(key -> {
          // Not quoted: whoever mixes up the entries has a key standing here.
          Optional<Instant> end = until.flatMap(KeyResolver::instant);
          if (end.isEmpty()) {
            checks.invalid(
                "the entry " + PREVIOUS_KEY_VALID_UNTIL + " of " + secret,
                "is missing or no ISO 8601 instant");
          }
          if (!KeyText.id(key).equals(Optional.of(keyId))) {
            checks.invalid(
                "the entry " + PREVIOUS_KEY + " of " + secret,
                "is no key with the id '" + keyId + "', which a key keeps when it is rotated");
          }
          return end.map(instant -> new KeyDigest(KeyText.digest(key), Optional.of(instant)));
        });
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
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

  private Optional<String> read(ResourceId id, String entry) {
    return Optional.ofNullable(secrets.get(id)).map(entries -> entries.get(entry));
  }
}
