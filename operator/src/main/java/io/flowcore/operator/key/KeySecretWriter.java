package io.flowcore.operator.key;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Durations;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.RotatingKey;
import io.flowcore.catalog.SecretData;
import io.flowcore.operator.key.KeyIssuer.Change;
import io.flowcore.operator.key.KeyIssuer.IssuedKey;
import io.flowcore.operator.key.KeyIssuer.Rotation;
import io.flowcore.operator.kubernetes.ApiServerErrors;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import io.flowcore.operator.plan.WebhookUrls;
import io.flowcore.operator.resolve.SecretOwnership;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a generated key and its URLs into a Secret. The WebhookKey owns the Secret, which is
 * deleted with it. A Secret that belongs to another owner is never changed.
 */
public final class KeySecretWriter {
  private static final Logger LOG = LoggerFactory.getLogger(KeySecretWriter.class);

  /** Entry with the base URL of the webhooks. */
  private static final String URL = "url";

  private static final String TENANT = "tenant";
  private static final String DATA_CORE = "dataCore";

  /** Entry with the webhook of each event type in the key's scope, one per line. */
  private static final String WEBHOOKS = "webhooks";

  private static final Set<String> OWN_ENTRIES =
      Set.of(
          RotatingKey.KEY,
          RotatingKey.PREVIOUS_KEY,
          RotatingKey.PREVIOUS_KEY_VALID_UNTIL,
          KeyIssuer.CREATED_AT,
          URL,
          TENANT,
          DATA_CORE,
          WEBHOOKS);

  private final KubernetesClient client;
  private final KeyIssuer issuer;

  /** Creates a writer of the keys that an issuer creates. */
  public KeySecretWriter(KubernetesClient client, KeyIssuer issuer) {
    this.client = client;
    this.issuer = issuer;
  }

  /** The result of writing the Secret. */
  public sealed interface Result {}

  /** A Secret with this name exists and belongs to another owner. */
  public record Conflict(String message) implements Result {}

  /**
   * The Secret contains the key.
   *
   * @param nextRotation when the next key will be created; empty without a rotation
   * @param nextChange when the Secret must be written again; empty without a rotation or overlap
   */
  public record UpToDate(
      Change change, Optional<Instant> nextRotation, Optional<Instant> nextChange)
      implements Result {}

  /** The API server rejected the Secret; the message contains no data of it. */
  public record WriteFailed(String message) implements Result {}

  /**
   * Writes the Secret of a key, unless it is up to date.
   *
   * @param existing the Secret in the cluster
   * @param eventTypes the event types in the key's scope as {@code flowType/eventType}; empty if
   *     the key is not accepted yet
   */
  public Result write(
      WebhookKey key,
      Optional<Secret> existing,
      WebhookUrls urls,
      List<String> eventTypes,
      Instant now) {
    if (existing.isPresent() && !SecretOwnership.belongsTo(existing.get(), key)) {
      return new Conflict(SecretOwnership.conflictMessage(ResourceId.of(existing.get())));
    }
    Optional<Rotation> rotation = rotation(key.getSpec());
    IssuedKey issued =
        issuer.issue(
            existing.map(SecretData::decode).orElse(Map.of()), lastKeyId(key), rotation, now);
    Map<String, String> entries = new TreeMap<>(issued.entries());
    entries.putAll(urlEntries(urls, eventTypes));
    try {
      writeEntries(key, existing, entries);
    } catch (KubernetesClientException e) {
      LOG.warn("Could not write the Secret of {}", ResourceId.of(key), e);
      return new WriteFailed(
          "could not write Secret %s: %s; the operator will retry"
              .formatted(key.getSpec().secretName(), ApiServerErrors.message(e)));
    }
    return new UpToDate(
        issued.change(), KeyIssuer.nextRotation(entries, rotation), issued.nextChange());
  }

  private static Optional<String> lastKeyId(WebhookKey key) {
    return Optional.ofNullable(key.getStatus()).map(status -> status.keyId());
  }

  private static Optional<Rotation> rotation(WebhookKeySpec spec) {
    return Optional.ofNullable(spec.rotation())
        .map(rotation -> new Rotation(duration(rotation.every()), duration(rotation.overlap())));
  }

  /** The catalog compiler has validated the duration. */
  private static Duration duration(String text) {
    return Duration.ofSeconds(Durations.parseSeconds(text).orElseThrow());
  }

  private static Map<String, String> urlEntries(WebhookUrls urls, List<String> eventTypes) {
    Map<String, String> entries = new TreeMap<>();
    entries.put(URL, urls.baseUrl());
    entries.put(TENANT, urls.tenant());
    entries.put(DATA_CORE, urls.dataCore());
    entries.put(
        WEBHOOKS,
        eventTypes.stream()
            .map(path -> path.split("/", 2))
            .map(names -> urls.event(names[0], names[1]))
            .collect(Collectors.joining("\n")));
    entries.values().removeIf(String::isEmpty);
    return entries;
  }

  private void writeEntries(
      WebhookKey key, Optional<Secret> existing, Map<String, String> entries) {
    Map<String, String> data = new TreeMap<>(otherEntries(existing));
    entries.forEach(
        (entry, text) -> data.put(entry, Base64.getEncoder().encodeToString(text.getBytes(UTF_8))));
    if (existing.isEmpty()) {
      // Created, not applied: an apply would overwrite a Secret that was created meanwhile.
      client.resource(newSecret(key, data)).create();
    } else if (!data.equals(existing.get().getData())
        || !existing.get().hasOwnerReferenceFor(key)) {
      client
          .resource(
              new SecretBuilder(existing.get())
                  .editMetadata()
                  .withOwnerReferences(ManagedMetadata.ownerReference(key))
                  .endMetadata()
                  .withData(data)
                  .build())
          .update();
    }
  }

  /** Returns entries that the operator does not write; they stay in the Secret. */
  private static Map<String, String> otherEntries(Optional<Secret> existing) {
    Map<String, String> data =
        new TreeMap<>(existing.map(Secret::getData).filter(Objects::nonNull).orElse(Map.of()));
    data.keySet().removeAll(OWN_ENTRIES);
    return data;
  }

  private static Secret newSecret(WebhookKey key, Map<String, String> data) {
    return new SecretBuilder()
        .withMetadata(
            new ObjectMetaBuilder()
                .withNamespace(ResourceId.of(key).namespace())
                .withName(key.getSpec().secretName())
                .addToLabels("app.kubernetes.io/part-of", "flowcore")
                .addToLabels(ManagedMetadata.MANAGED_BY, ManagedMetadata.OPERATOR)
                .withOwnerReferences(ManagedMetadata.ownerReference(key))
                .build())
        .withType("Opaque")
        .withData(data)
        .build();
  }
}
