package io.flowcore.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * An immutable snapshot of all that ingest and query need to know of the custom resources.
 *
 * @param revision hash of the content; equal content has an equal revision on every machine
 * @param dataCores sorted by tenant and name
 * @param keys sorted by key id
 */
public record Catalog(String revision, List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
  public Catalog {
    dataCores = List.copyOf(dataCores);
    keys = List.copyOf(keys);
  }

  /** Makes a snapshot and derives its revision. */
  public static Catalog of(List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
    return new Catalog(CatalogCodec.revision(dataCores, keys), dataCores, keys);
  }

  /** The snapshot of no resources at all. */
  public static Catalog empty() {
    return of(List.of(), List.of());
  }

  /** Number of event types in all data cores. */
  public int eventTypeCount() {
    return dataCores.stream()
        .flatMap(core -> core.flowTypes().stream())
        .mapToInt(flow -> flow.eventTypes().size())
        .sum();
  }

  /**
   * An accepted DataCore, with every default filled in.
   *
   * @param flowTypes sorted by name
   */
  public record DataCoreEntry(
      UUID id,
      UUID tenantId,
      String tenant,
      String name,
      String description,
      boolean deletionProtection,
      ArchiveEntry archive,
      SenderLimits limits,
      List<FlowTypeEntry> flowTypes) {
    public DataCoreEntry {
      flowTypes = List.copyOf(flowTypes);
    }

    /** The same, with other flow types. */
    public DataCoreEntry with(List<FlowTypeEntry> others) {
      return new DataCoreEntry(
          id, tenantId, tenant, name, description, deletionProtection, archive, limits, others);
    }
  }

  /** What a sender may send to a data core. Sizes in bytes after decompression. */
  public record SenderLimits(
      int maxBatchEvents, long maxRequestBytes, long maxFileBytes, long maxFutureSkewSeconds) {}

  /**
   * An accepted FlowType.
   *
   * @param eventTypes sorted by name
   */
  public record FlowTypeEntry(
      UUID id, String name, String description, List<EventTypeEntry> eventTypes) {
    public FlowTypeEntry {
      eventTypes = List.copyOf(eventTypes);
    }

    /** The same, with other event types. */
    public FlowTypeEntry with(List<EventTypeEntry> others) {
      return new FlowTypeEntry(id, name, description, others);
    }
  }

  /**
   * An accepted EventType, with every default filled in.
   *
   * @param createdAt when the resource was made; the epoch where nothing says so
   * @param hotSeconds TTL of an event whose sender names none
   * @param maxTtlSeconds longest TTL that a sender may name
   * @param archive whether events go to cold storage
   * @param maxEventBytes largest event in bytes of JSON
   * @param schema the JSON Schema that events must fit, if any
   */
  public record EventTypeEntry(
      UUID id,
      String name,
      String description,
      Instant createdAt,
      long hotSeconds,
      long maxTtlSeconds,
      boolean archive,
      int maxEventBytes,
      Optional<JsonNode> schema) {
    public EventTypeEntry {
      // Jackson reads an absent node as the JSON null.
      schema = schema.filter(node -> !node.isNull());
    }
  }

  /**
   * An accepted WebhookKey: digests only, from which no key can be made.
   *
   * @param keyId the middle part of {@code fc_<id>_<secret>}
   * @param resource {@code namespace/name} of the WebhookKey, for messages and metrics
   * @param allow flow types and event types in scope; empty means all of the data core
   */
  public record KeyEntry(
      String keyId,
      String resource,
      UUID dataCoreId,
      List<KeyDigest> digests,
      Set<Permission> permissions,
      List<Scope> allow,
      Optional<Instant> expiresAt,
      boolean suspended,
      Optional<RateLimit> rateLimit) {
    public KeyEntry {
      digests = List.copyOf(digests);
      allow = List.copyOf(allow);
    }
  }

  /**
   * Where a data core's events go for good.
   *
   * @param directory absolute path of the folder; empty for the worker's own choice
   * @param s3 the bucket; present if the kind is {@link ArchiveKind#s3}
   */
  public record ArchiveEntry(
      ArchiveKind kind, Optional<String> directory, Optional<S3Location> s3) {
    /** No archive. */
    public static final ArchiveEntry NONE =
        new ArchiveEntry(ArchiveKind.none, Optional.empty(), Optional.empty());
  }

  /**
   * A bucket, and how to speak to its store. Holds no credentials.
   *
   * @param prefix in front of every key, without a slash at either end; may be empty
   * @param region empty for what the worker's environment says
   * @param endpoint URL of a store other than AWS
   * @param encryption {@code AES256} or {@code aws:kms}; empty for the bucket's own rule
   * @param storageClass of segments; empty for the store's default
   * @param credentialsSecret {@code namespace/name} of the Secret with {@code accessKeyId} and
   *     {@code secretAccessKey}; empty for the credentials of the worker's environment
   */
  public record S3Location(
      String bucket,
      String prefix,
      Optional<String> region,
      Optional<String> endpoint,
      boolean pathStyle,
      Optional<String> encryption,
      Optional<String> storageClass,
      Optional<String> credentialsSecret) {}

  /** The kinds of archives. */
  public enum ArchiveKind {
    /** Nowhere. */
    none,
    /** A folder of the worker. */
    directory,
    /** A bucket. */
    s3
  }

  /**
   * How often a key may be used.
   *
   * @param requestsPerSecond on average
   * @param burst at once after a pause
   */
  public record RateLimit(int requestsPerSecond, int burst) {}

  /**
   * One generation of a key.
   *
   * @param sha256 lower-case hexadecimal SHA-256 of the whole key text
   * @param notAfter end of the overlap of a replaced generation
   */
  public record KeyDigest(String sha256, Optional<Instant> notAfter) {}

  /**
   * A part of a data core that a key is good for.
   *
   * @param eventTypes names; empty means all of the flow type
   */
  public record Scope(String flowType, List<String> eventTypes) {
    public Scope {
      eventTypes = List.copyOf(eventTypes);
    }

    /** Whether an event type lies in this scope. */
    public boolean covers(String flow, String eventType) {
      return flowType.equals(flow) && (eventTypes.isEmpty() || eventTypes.contains(eventType));
    }
  }
}
