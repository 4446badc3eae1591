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
import io.flowcore.operator.apply.Applier;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.key.KeyIssue.Change;
import io.flowcore.operator.key.KeyIssue.Issued;
import io.flowcore.operator.key.KeyIssue.Rotation;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.resolve.Resolution.ResolvedKey;
import io.flowcore.operator.resolve.SecretOwnership;
import io.flowcore.operator.status.MemberState;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Secret into which a made key is written, with the URLs beside it. It belongs to the
 * WebhookKey and goes with it. One that belongs to somebody else is never touched.
 */
public final class KeySecret {
  private static final Logger LOG = LoggerFactory.getLogger(KeySecret.class);

  /** Entry with the base URL of the webhooks. */
  static final String URL = "url";

  private static final String TENANT = "tenant";
  private static final String DATA_CORE = "dataCore";

  /** Entry with the webhook of each event type that the key opens, one a line. */
  static final String WEBHOOKS = "webhooks";

  private static final Set<String> OWN =
      Set.of(
          RotatingKey.KEY,
          RotatingKey.PREVIOUS_KEY,
          RotatingKey.PREVIOUS_KEY_VALID_UNTIL,
          KeyIssue.CREATED_AT,
          URL,
          TENANT,
          DATA_CORE,
          WEBHOOKS);

  private final KubernetesClient client;
  private final KeyIssue issue;

  /** Writes with a client what an issue decides. */
  public KeySecret(KubernetesClient client, KeyIssue issue) {
    this.client = client;
    this.issue = issue;
  }

  /** What came of it. */
  public sealed interface Result {}

  /** There is a Secret of this name already, and it is somebody else's. */
  public record Foreign(String message) implements Result {}

  /**
   * The Secret holds what it should.
   *
   * @param nextRotation when the next key will be made
   * @param again when to look again
   */
  public record Held(Change change, Optional<Instant> nextRotation, Optional<Instant> again)
      implements Result {}

  /** The API server did not take the Secret; its message holds no content. */
  public record NotWritten(String message) implements Result {}

  /** Writes the Secret of a key, if it is not as it should be. */
  public Result reconcile(
      WebhookKey key, MemberState view, DataCoreGatherer families, Instant now) {
    String namespace = ResourceId.of(key).namespace();
    Optional<Secret> known = families.secret(namespace, key.getSpec().secretName());
    if (known.isPresent() && !SecretOwnership.belongsTo(known.get(), key)) {
      return new Foreign(SecretOwnership.conflictMessage(ResourceId.of(known.get())));
    }
    Optional<Rotation> rotation = rotation(key.getSpec());
    Issued issued =
        issue.issue(known.map(SecretData::decode).orElse(Map.of()), lastKeyId(key), rotation, now);
    Map<String, String> texts = new TreeMap<>(issued.texts());
    view.webhooks().ifPresent(webhooks -> texts.putAll(urls(webhooks, view)));
    try {
      write(key, known, texts);
    } catch (KubernetesClientException e) {
      LOG.warn("The Secret of {} could not be written", ResourceId.of(key), e);
      return new NotWritten(
          "the Secret %s could not be written: %s"
              .formatted(key.getSpec().secretName(), Applier.reason(e)));
    }
    Optional<Instant> next =
        rotation.flatMap(every -> KeyIssue.createdAt(texts).map(at -> at.plus(every.every())));
    return new Held(issued.change(), next, issued.next());
  }

  private static Optional<String> lastKeyId(WebhookKey key) {
    return Optional.ofNullable(key.getStatus()).map(status -> status.keyId());
  }

  private static Optional<Rotation> rotation(WebhookKeySpec spec) {
    return Optional.ofNullable(spec.rotation())
        .map(rotation -> new Rotation(duration(rotation.every()), duration(rotation.overlap())));
  }

  /** The catalog's compiler has read it before. */
  private static Duration duration(String text) {
    return Duration.ofSeconds(Durations.parseSeconds(text).orElseThrow());
  }

  private static Map<String, String> urls(MemberState.Webhooks webhooks, MemberState view) {
    Map<String, String> texts = new TreeMap<>();
    texts.put(URL, webhooks.url());
    texts.put(TENANT, webhooks.tenant());
    texts.put(DATA_CORE, webhooks.dataCore());
    view.entry()
        .map(ResolvedKey.class::cast)
        .ifPresent(entry ->
            texts.put(
                WEBHOOKS,
                entry.eventTypes().stream()
                    .map(path -> path.split("/", 2))
                    .map(names -> webhooks.of("event", names[0], names[1]))
                    .collect(Collectors.joining("\n"))));
    texts.values().removeIf(String::isEmpty);
    return texts;
  }

  private void write(WebhookKey key, Optional<Secret> known, Map<String, String> texts) {
    Map<String, String> data = new TreeMap<>(foreign(known));
    texts.forEach(
        (entry, text) -> data.put(entry, Base64.getEncoder().encodeToString(text.getBytes(UTF_8))));
    if (known.isEmpty()) {
      // Created and not applied: an apply would write into a Secret that came in between.
      client.resource(made(key, data)).create();
    } else if (!data.equals(known.get().getData()) || !known.get().hasOwnerReferenceFor(key)) {
      client
          .resource(
              new SecretBuilder(known.get())
                  .editMetadata()
                  .withOwnerReferences(Names.ownerOf(key))
                  .endMetadata()
                  .withData(data)
                  .build())
          .update();
    }
  }

  /** Entries that somebody else put there, which stay. */
  private static Map<String, String> foreign(Optional<Secret> known) {
    Map<String, String> data =
        new TreeMap<>(
            known.map(Secret::getData).filter(entries -> entries != null).orElse(Map.of()));
    data.keySet().removeAll(OWN);
    return data;
  }

  private static Secret made(WebhookKey key, Map<String, String> data) {
    return new SecretBuilder()
        .withMetadata(
            new ObjectMetaBuilder()
                .withNamespace(ResourceId.of(key).namespace())
                .withName(key.getSpec().secretName())
                .addToLabels("app.kubernetes.io/part-of", "flowcore")
                .addToLabels(Names.MANAGED_BY, Names.OPERATOR)
                .withOwnerReferences(Names.ownerOf(key))
                .build())
        .withType("Opaque")
        .withData(data)
        .build();
  }
}
