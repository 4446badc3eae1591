package io.flowcore.catalog;

import static io.flowcore.catalog.FieldValidator.orEmpty;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.api.v1alpha1.Archive;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.EventTypeSpec;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.api.v1alpha1.Limits;
import io.flowcore.api.v1alpha1.Patterns;
import io.flowcore.api.v1alpha1.Retention;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog.ArchiveEntry;
import io.flowcore.catalog.Catalog.ArchiveKind;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Catalog.RateLimit;
import io.flowcore.catalog.Catalog.S3Location;
import io.flowcore.catalog.Catalog.Scope;
import io.flowcore.catalog.Catalog.SenderLimits;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/** Converts specs to catalog entries, applies the defaults and validates the fields. */
final class SpecConverter {
  /** Ten years: more than any hot store needs, and too short for a sum of times to overflow. */
  static final long LONGEST_TTL_SECONDS = 3_650 * 86_400L;

  /** What the embedded store needs on disk for its reserve, and as much for events. */
  static final long SMALLEST_VOLUME_BYTES = 128L << 20;

  static final long LARGEST_REQUEST_BYTES = 256L << 20;
  static final SenderLimits DEFAULT_LIMITS =
      new SenderLimits(10_000, 16L << 20, 1L << 30, 3_600, Optional.empty());

  /** A hundred years. */
  private static final long LONGEST_PAST_AGE_SECONDS = 36_500 * 86_400L;

  private SpecConverter() {}

  static DataCoreEntry dataCore(DataCoreSpec spec, String namespace, FieldValidator fields) {
    String tenant = fields.name("spec.tenant", spec.tenant(), Patterns.MAX_SHORT_NAME);
    String name = fields.name("spec.name", spec.name(), Patterns.MAX_SHORT_NAME);
    validateUnions(spec, fields);
    InheritableValues.of(spec, fields);
    return new DataCoreEntry(
        Ids.dataCore(tenant, name),
        Ids.tenant(tenant),
        tenant,
        name,
        orEmpty(spec.description()),
        Boolean.TRUE.equals(spec.deletionProtection()),
        archive(spec.archive(), namespace, fields),
        limits(spec.limits(), fields),
        List.of());
  }

  private static void validateUnions(DataCoreSpec spec, FieldValidator fields) {
    HotStore store = spec.hotStore();
    if (store == null || countPresent(store.embedded(), store.cassandra()) != 1) {
      fields.invalid("spec.hotStore", "needs exactly one of embedded and cassandra");
    } else if (store.embedded() != null) {
      fields.atLeast(
          "spec.hotStore.embedded.storage", store.embedded().storage(), SMALLEST_VOLUME_BYTES);
    }
    Archive archive = spec.archive();
    if (archive == null || countPresent(archive.s3(), archive.directory(), archive.none()) != 1) {
      fields.invalid(
          "spec.archive",
          "needs exactly one of s3, directory and none; set none: {} to delete events when their TTL ends");
    }
  }

  private static ArchiveEntry archive(Archive archive, String namespace, FieldValidator fields) {
    if (archive == null || archive.none() != null) {
      return ArchiveEntry.NONE;
    }
    Archive.S3 s3 = archive.s3();
    if (s3 == null) {
      Optional<String> path = Optional.ofNullable(archive.directory()).map(Archive.Directory::path);
      if (path.isPresent() && !path.get().startsWith("/")) {
        fields.invalid("spec.archive.directory.path", "must be an absolute path");
      }
      if (path.isPresent() && List.of(path.get().split("/")).contains("..")) {
        fields.invalid(
            "spec.archive.directory.path", "must not contain '..'; write the path without it");
      }
      return new ArchiveEntry(ArchiveKind.DIRECTORY, path, Optional.empty());
    }
    fields.required("spec.archive.s3.bucket", s3.bucket());
    fields.parsed("spec.archive.s3.endpoint", s3.endpoint(), SpecConverter::httpUrl, "an HTTP URL");
    return new ArchiveEntry(ArchiveKind.S3, Optional.empty(), Optional.of(s3(s3, namespace)));
  }

  private static S3Location s3(Archive.S3 s3, String namespace) {
    return new S3Location(
        orEmpty(s3.bucket()),
        orEmpty(s3.prefix()),
        Optional.ofNullable(s3.region()),
        Optional.ofNullable(s3.endpoint()),
        Boolean.TRUE.equals(s3.pathStyle()),
        Optional.ofNullable(s3.encryption())
            .map(encryption -> encryption == Archive.Encryption.AWS_KMS ? "aws:kms" : "AES256"),
        Optional.ofNullable(s3.storageClass()),
        Optional.ofNullable(s3.credentialsSecretRef())
            .map(secret -> namespace + "/" + orEmpty(secret.name())));
  }

  private static URI httpUrl(String text) {
    URI url = URI.create(text);
    if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
      throw new IllegalArgumentException("not the URL of a server");
    }
    return url;
  }

  private static long countPresent(Object... members) {
    return Stream.of(members).filter(Objects::nonNull).count();
  }

  private static SenderLimits limits(Limits limits, FieldValidator fields) {
    if (limits == null) {
      return DEFAULT_LIMITS;
    }
    return new SenderLimits(
        fields.count(
            "spec.limits.maxBatchEvents",
            limits.maxBatchEvents(),
            DEFAULT_LIMITS.maxBatchEvents(),
            1,
            100_000),
        fields.bytes(
            "spec.limits.maxRequestSize",
            limits.maxRequestSize(),
            DEFAULT_LIMITS.maxRequestBytes(),
            LARGEST_REQUEST_BYTES),
        fields.bytes(
            "spec.limits.maxFileSize",
            limits.maxFileSize(),
            DEFAULT_LIMITS.maxFileBytes(),
            64L << 30),
        fields.seconds(
            "spec.limits.maxFutureSkew",
            limits.maxFutureSkew(),
            DEFAULT_LIMITS.maxFutureSkewSeconds(),
            0,
            86_400),
        Optional.ofNullable(limits.maxPastAge())
            .map(age ->
                fields.seconds("spec.limits.maxPastAge", age, 0, 60, LONGEST_PAST_AGE_SECONDS)));
  }

  /**
   * Converts an event type of an accepted data core.
   *
   * @param isLastGood whether it is a last known good version, which keeps its values although its
   *     data core now has smaller ones
   */
  static EventTypeEntry eventType(
      EventType resource,
      DataCoreSpec core,
      UUID flowType,
      boolean isLastGood,
      FieldValidator fields) {
    EventTypeSpec spec = resource.getSpec();
    InheritableValues coreValues = valuesOfAccepted(core);
    InheritableValues values = coreValues.ofEventType(spec, fields);
    if (!isLastGood && !fields.hasFailures()) {
      values.requireWithin(coreValues, spec, fields);
    }
    return new EventTypeEntry(
        Ids.eventType(flowType, spec.name()),
        spec.name(),
        orEmpty(spec.description()),
        createdAt(resource),
        values.hotSeconds(),
        values.maxTtlSeconds(),
        !Boolean.FALSE.equals(spec.archive()) && core.archive().none() == null,
        (int) values.maxEventBytes(),
        acceptsFiles(spec),
        schema(spec.schema(), fields));
  }

  /**
   * Files bypass the schema and the size limit, so an event type that sets one of them has to allow
   * files explicitly.
   */
  private static boolean acceptsFiles(EventTypeSpec spec) {
    return spec.files() == null
        ? spec.maxEventSize() == null && !hasSchema(spec.schema())
        : spec.files();
  }

  private static boolean hasSchema(JsonNode schema) {
    return schema != null && !schema.isNull();
  }

  private static InheritableValues valuesOfAccepted(DataCoreSpec core) {
    return InheritableValues.of(core, new FieldValidator());
  }

  /** Returns an accepted spec with the values that it inherits from its data core. */
  static EventTypeSpec withInheritedValues(EventTypeSpec spec, DataCoreSpec core) {
    InheritableValues values = valuesOfAccepted(core).ofEventType(spec, new FieldValidator());
    return new EventTypeSpec(
        spec.flowTypeRef(),
        spec.name(),
        spec.description(),
        new Retention(
            Durations.format(values.hotSeconds()), Durations.format(values.maxTtlSeconds())),
        spec.archive(),
        Long.toString(values.maxEventBytes()),
        acceptsFiles(spec),
        spec.schema());
  }

  private static Optional<JsonNode> schema(JsonNode schema, FieldValidator fields) {
    if (!hasSchema(schema)) {
      return Optional.empty();
    }
    EventSchemas.findProblem(schema).ifPresent(problem -> fields.invalid("spec.schema", problem));
    return Optional.of(schema);
  }

  private static Instant createdAt(EventType resource) {
    String created = resource.getMetadata().getCreationTimestamp();
    return created == null ? Instant.EPOCH : Instant.parse(created);
  }

  static KeyEntry key(ResourceId id, WebhookKeySpec spec, UUID dataCore, KeyResolver.Resolved key) {
    List<Scope> allow =
        spec.allow() == null
            ? List.of()
            : spec.allow().stream()
                .map(one ->
                    new Scope(
                        one.flowType(), one.eventTypes() == null ? List.of() : one.eventTypes()))
                .toList();
    return new KeyEntry(
        key.keyId(),
        id.namespace() + "/" + id.name(),
        dataCore,
        key.digests(),
        new TreeSet<>(spec.permissions()),
        allow,
        Optional.ofNullable(spec.expiresAt()).map(time -> OffsetDateTime.parse(time).toInstant()),
        Boolean.TRUE.equals(spec.suspended()),
        Optional.ofNullable(spec.rateLimit()).map(SpecConverter::rateLimit));
  }

  private static RateLimit rateLimit(WebhookKeySpec.RateLimit limit) {
    int burst = limit.burst() == null ? limit.requestsPerSecond() : limit.burst();
    return new RateLimit(limit.requestsPerSecond(), burst);
  }
}
