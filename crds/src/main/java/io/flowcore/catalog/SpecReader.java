package io.flowcore.catalog;

import static io.flowcore.catalog.FieldChecks.text;

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

/** Reads a spec into its catalog entry, fills in the defaults and notes what is wrong. */
final class SpecReader {
  static final long DEFAULT_HOT_SECONDS = 5 * 86_400L;
  static final long DEFAULT_MAX_TTL_SECONDS = 7 * 86_400L;

  /**
   * Ten years: longer than anyone keeps a hot store, short enough that no sum of times overflows.
   */
  static final long LONGEST_TTL_SECONDS = 3_650 * 86_400L;

  static final long DEFAULT_EVENT_BYTES = 64L << 10;
  static final long LARGEST_EVENT_BYTES = 1L << 20;
  static final long LARGEST_REQUEST_BYTES = 256L << 20;
  static final SenderLimits DEFAULT_LIMITS = new SenderLimits(10_000, 16L << 20, 1L << 30, 3_600);

  private SpecReader() {}

  static DataCoreEntry dataCore(DataCoreSpec spec, String namespace, FieldChecks checks) {
    if (spec == null) {
      checks.invalid("spec", "is required");
      return new DataCoreEntry(
          new UUID(0, 0),
          new UUID(0, 0),
          "",
          "",
          "",
          false,
          ArchiveEntry.NONE,
          DEFAULT_LIMITS,
          List.of());
    }
    String tenant = checks.name("spec.tenant", spec.tenant(), Patterns.MAX_SHORT_NAME);
    String name = checks.name("spec.name", spec.name(), Patterns.MAX_SHORT_NAME);
    unions(spec, checks);
    long hot = hot(spec.retention(), DEFAULT_HOT_SECONDS, checks);
    maxTtl(spec.retention(), Math.max(DEFAULT_MAX_TTL_SECONDS, hot), hot, checks);
    eventBytes(spec, checks);
    return new DataCoreEntry(
        Ids.dataCore(tenant, name),
        Ids.tenant(tenant),
        tenant,
        name,
        text(spec.description()),
        Boolean.TRUE.equals(spec.deletionProtection()),
        archive(spec.archive(), namespace, checks),
        limits(spec.limits(), checks),
        List.of());
  }

  private static void unions(DataCoreSpec spec, FieldChecks checks) {
    HotStore store = spec.hotStore();
    if (store == null || members(store.embedded(), store.cassandra()) != 1) {
      checks.invalid("spec.hotStore", "needs exactly one of embedded and cassandra");
    }
    Archive archive = spec.archive();
    if (archive == null || members(archive.s3(), archive.directory(), archive.none()) != 1) {
      checks.invalid(
          "spec.archive",
          "needs exactly one of s3, directory and none; write none: {} to keep nothing past the TTL");
    }
  }

  private static ArchiveEntry archive(Archive archive, String namespace, FieldChecks checks) {
    if (archive == null || archive.none() != null) {
      return ArchiveEntry.NONE;
    }
    Archive.S3 s3 = archive.s3();
    if (s3 == null) {
      Optional<String> path = Optional.ofNullable(archive.directory()).map(Archive.Directory::path);
      if (path.isPresent() && !path.get().startsWith("/")) {
        checks.invalid("spec.archive.directory.path", "must be an absolute path");
      }
      return new ArchiveEntry(ArchiveKind.directory, path, Optional.empty());
    }
    checks.required("spec.archive.s3.bucket", s3.bucket());
    checks.parsed("spec.archive.s3.endpoint", s3.endpoint(), SpecReader::httpUrl, "an HTTP URL");
    return new ArchiveEntry(ArchiveKind.s3, Optional.empty(), Optional.of(s3(s3, namespace)));
  }

  private static S3Location s3(Archive.S3 s3, String namespace) {
    return new S3Location(
        text(s3.bucket()),
        text(s3.prefix()),
        Optional.ofNullable(s3.region()),
        Optional.ofNullable(s3.endpoint()),
        Boolean.TRUE.equals(s3.pathStyle()),
        Optional.ofNullable(s3.encryption())
            .map(encryption -> encryption == Archive.Encryption.AWS_KMS ? "aws:kms" : "AES256"),
        Optional.ofNullable(s3.storageClass()),
        Optional.ofNullable(s3.credentialsSecretRef())
            .map(secret -> namespace + "/" + text(secret.name())));
  }

  private static URI httpUrl(String text) {
    URI url = URI.create(text);
    if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
      throw new IllegalArgumentException("no URL of a server");
    }
    return url;
  }

  private static long members(Object... members) {
    return Stream.of(members).filter(Objects::nonNull).count();
  }

  private static SenderLimits limits(Limits limits, FieldChecks checks) {
    if (limits == null) {
      return DEFAULT_LIMITS;
    }
    return new SenderLimits(
        checks.count(
            "spec.limits.maxBatchEvents",
            limits.maxBatchEvents(),
            DEFAULT_LIMITS.maxBatchEvents(),
            1,
            100_000),
        checks.bytes(
            "spec.limits.maxRequestSize",
            limits.maxRequestSize(),
            DEFAULT_LIMITS.maxRequestBytes(),
            LARGEST_REQUEST_BYTES),
        checks.bytes(
            "spec.limits.maxFileSize",
            limits.maxFileSize(),
            DEFAULT_LIMITS.maxFileBytes(),
            64L << 30),
        checks.seconds(
            "spec.limits.maxFutureSkew",
            limits.maxFutureSkew(),
            DEFAULT_LIMITS.maxFutureSkewSeconds(),
            0,
            86_400));
  }

  private static long eventBytes(DataCoreSpec spec, FieldChecks checks) {
    String size = spec.limits() == null ? null : spec.limits().maxEventSize();
    return checks.bytes("spec.limits.maxEventSize", size, DEFAULT_EVENT_BYTES, LARGEST_EVENT_BYTES);
  }

  private static long hot(Retention retention, long whenAbsent, FieldChecks checks) {
    return checks.seconds(
        "spec.retention.hot",
        retention == null ? null : retention.hot(),
        whenAbsent,
        1,
        LONGEST_TTL_SECONDS);
  }

  private static long maxTtl(Retention retention, long whenAbsent, long hot, FieldChecks checks) {
    long maxTtl =
        checks.seconds(
            "spec.retention.maxTtl",
            retention == null ? null : retention.maxTtl(),
            whenAbsent,
            1,
            LONGEST_TTL_SECONDS);
    if (maxTtl < hot) {
      checks.invalid(
          "spec.retention.maxTtl",
          "is "
              + Durations.format(maxTtl)
              + ", less than the "
              + Durations.format(hot)
              + " that events stay hot");
    }
    return maxTtl;
  }

  /** Reads an event type. The data core's own values are known to be right: it was accepted. */
  static EventTypeEntry eventType(
      EventType resource, DataCoreSpec core, UUID flowType, FieldChecks checks) {
    EventTypeSpec spec = resource.getSpec();
    FieldChecks known = new FieldChecks();
    long coreHot = hot(core.retention(), DEFAULT_HOT_SECONDS, known);
    long coreMaxTtl =
        maxTtl(core.retention(), Math.max(DEFAULT_MAX_TTL_SECONDS, coreHot), coreHot, known);
    long hot = hot(spec.retention(), coreHot, checks);
    boolean archived = !Boolean.FALSE.equals(spec.archive()) && core.archive().none() == null;
    return new EventTypeEntry(
        Ids.eventType(flowType, spec.name()),
        spec.name(),
        text(spec.description()),
        createdAt(resource),
        hot,
        maxTtl(spec.retention(), Math.max(coreMaxTtl, hot), hot, checks),
        archived,
        (int)
            checks.bytes(
                "spec.maxEventSize",
                spec.maxEventSize(),
                eventBytes(core, known),
                LARGEST_EVENT_BYTES),
        schema(spec.schema(), checks));
  }

  private static Optional<JsonNode> schema(JsonNode schema, FieldChecks checks) {
    if (schema == null || schema.isNull()) {
      return Optional.empty();
    }
    EventSchemas.problem(schema).ifPresent(problem -> checks.invalid("spec.schema", problem));
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
        Optional.ofNullable(spec.expiresAt()).map(text -> OffsetDateTime.parse(text).toInstant()),
        Boolean.TRUE.equals(spec.suspended()),
        Optional.ofNullable(spec.rateLimit()).map(SpecReader::rateLimit));
  }

  private static RateLimit rateLimit(WebhookKeySpec.RateLimit limit) {
    int burst = limit.burst() == null ? limit.requestsPerSecond() : limit.burst();
    return new RateLimit(limit.requestsPerSecond(), burst);
  }
}
