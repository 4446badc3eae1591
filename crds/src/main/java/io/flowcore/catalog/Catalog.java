package io.flowcore.catalog;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * An immutable snapshot of everything that ingestion and queries need to know about the custom
 * resources.
 *
 * @param revision hash of the content; equal content has the same revision on every machine
 * @param dataCores sorted by tenant and name
 * @param keys sorted by key id
 */
public record Catalog(String revision, List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
  public Catalog {
    dataCores = List.copyOf(dataCores);
    keys = List.copyOf(keys);
  }

  /** Creates a snapshot and derives its revision. */
  public static Catalog of(List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
    return new Catalog(CatalogCodec.revision(dataCores, keys), dataCores, keys);
  }

  /** Returns the snapshot without any resources. */
  public static Catalog empty() {
    return of(List.of(), List.of());
  }

  /** Returns the number of event types in all data cores. */
  public int eventTypeCount() {
    return dataCores.stream()
        .flatMap(core -> core.flowTypes().stream())
        .mapToInt(flow -> flow.eventTypes().size())
        .sum();
  }

  /** The catalog entry of an accepted resource. */
  public sealed interface Entry permits DataCoreEntry, FlowTypeEntry, EventTypeEntry, KeyEntry {}

  /**
   * An accepted DataCore, with all defaults applied.
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
      List<FlowTypeEntry> flowTypes)
      implements Entry {
    public DataCoreEntry {
      flowTypes = List.copyOf(flowTypes);
    }

    /** Returns a copy with other flow types. */
    public DataCoreEntry withFlowTypes(List<FlowTypeEntry> newFlowTypes) {
      return new DataCoreEntry(
          id,
          tenantId,
          tenant,
          name,
          description,
          deletionProtection,
          archive,
          limits,
          newFlowTypes);
    }
  }

  /**
   * Limits for requests to a data core. Sizes are in bytes after decompression.
   *
   * @param maxPastAgeSeconds empty if event times can be as old as they like
   */
  public record SenderLimits(
      int maxBatchEvents,
      long maxRequestBytes,
      long maxFileBytes,
      long maxFutureSkewSeconds,
      Optional<Long> maxPastAgeSeconds) {}

  /**
   * An accepted FlowType.
   *
   * @param eventTypes sorted by name
   */
  public record FlowTypeEntry(
      UUID id, String name, String description, List<EventTypeEntry> eventTypes) implements Entry {
    public FlowTypeEntry {
      eventTypes = List.copyOf(eventTypes);
    }

    /** Returns a copy with other event types. */
    public FlowTypeEntry withEventTypes(List<EventTypeEntry> newEventTypes) {
      return new FlowTypeEntry(id, name, description, newEventTypes);
    }
  }

  /**
   * An accepted EventType, with all defaults applied.
   *
   * @param createdAt creation time of the resource; the epoch if it is unknown
   * @param hotSeconds TTL in seconds of an event that is sent without a TTL
   * @param maxTtlSeconds longest TTL in seconds that a sender can set
   * @param archive whether events are archived
   * @param maxEventBytes size limit of an event in bytes of JSON
   * @param files whether files are accepted. The size limit and the schema do not apply to parts of
   *     files
   * @param schema the JSON Schema that events must match, if any
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
      boolean files,
      Optional<JsonNode> schema)
      implements Entry {
    public EventTypeEntry {
      // Jackson reads an absent node as the JSON null.
      schema = schema.filter(node -> !node.isNull());
    }
  }

  /**
   * An accepted WebhookKey. It has digests only, from which a key cannot be derived.
   *
   * @param keyId the middle part of {@code fc_<id>_<secret>}
   * @param resource {@code namespace/name} of the WebhookKey, for messages and metrics
   * @param allow flow types and event types in scope; empty means the whole data core
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
      Optional<RateLimit> rateLimit)
      implements Entry {
    public KeyEntry {
      // In a fixed order, because the revision is a hash of the text.
      EnumSet<Permission> sorted = EnumSet.noneOf(Permission.class);
      sorted.addAll(permissions);
      permissions = Collections.unmodifiableSet(sorted);
      digests = List.copyOf(digests);
      allow = List.copyOf(allow);
    }

    /** Returns a copy with another suspension and expiry time. */
    KeyEntry restricted(boolean nowSuspended, Optional<Instant> newExpiresAt) {
      return new KeyEntry(
          keyId,
          resource,
          dataCoreId,
          digests,
          permissions,
          allow,
          newExpiresAt,
          nowSuspended,
          rateLimit);
    }
  }

  /**
   * The long-term storage of a data core's events.
   *
   * @param directory absolute path of the directory; empty for the worker's default
   * @param s3 the bucket; present if the kind is {@link ArchiveKind#S3}
   */
  public record ArchiveEntry(
      ArchiveKind kind, Optional<String> directory, Optional<S3Location> s3) {
    /** No archive. */
    public static final ArchiveEntry NONE =
        new ArchiveEntry(ArchiveKind.NONE, Optional.empty(), Optional.empty());
  }

  /**
   * A bucket and how to connect to its store. Does not contain credentials.
   *
   * @param prefix prefix of every object key, without a slash at either end; can be empty
   * @param region empty for the region of the worker's environment
   * @param endpoint URL of a store other than AWS
   * @param encryption {@code AES256} or {@code aws:kms}; empty for the bucket's default
   * @param storageClass storage class of segments; empty for the store's default
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
    /** Events are not archived. */
    @JsonProperty("none")
    NONE,
    /** A directory of the worker. */
    @JsonProperty("directory")
    DIRECTORY,
    /** An S3 bucket. */
    @JsonProperty("s3")
    S3
  }

  /**
   * The request rate that a key is limited to, in each worker.
   *
   * @param requestsPerSecond average rate
   * @param burst number of requests that can arrive at once after a pause
   */
  public record RateLimit(int requestsPerSecond, int burst) {}

  /**
   * The digest of a current or previous key.
   *
   * @param sha256 lowercase hexadecimal SHA-256 of the whole key text
   * @param notAfter end of the overlap; present if this is the previous key
   */
  public record KeyDigest(String sha256, Optional<Instant> notAfter) {}

  /**
   * A part of a data core that a key grants access to.
   *
   * @param eventTypes names; empty means all event types of the flow type
   */
  public record Scope(String flowType, List<String> eventTypes) {
    public Scope {
      eventTypes = List.copyOf(eventTypes);
    }

    /** Returns whether an event type is in this scope. */
    public boolean covers(String flow, String eventType) {
      return flowType.equals(flow) && (eventTypes.isEmpty() || eventTypes.contains(eventType));
    }
  }
}
