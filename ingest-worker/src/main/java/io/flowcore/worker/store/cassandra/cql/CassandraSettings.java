package io.flowcore.worker.store.cassandra.cql;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The cluster that a worker connects to, and how it uses the cluster.
 *
 * @param contactPoints {@code host} or {@code host:port}; at least one
 * @param datacenter the data center whose replicas are used; the same for all workers of a data
 *     core
 * @param keyspace the keyspace of one data core
 * @param replication the replication factor of a keyspace that the worker creates; if empty, the
 *     keyspace must exist
 * @param credentials the directory with {@code username} and {@code password}, read for each new
 *     connection; empty for no authentication
 * @param tls empty for unencrypted connections
 * @param archiveMargin how long an event that must be archived is kept after its TTL, at least.
 *     While a worker runs, events pending archive are kept longer
 * @param maxClockSkew the maximum difference between this worker's clock and the nodes' clocks
 */
public record CassandraSettings(
    List<String> contactPoints,
    String datacenter,
    String keyspace,
    OptionalInt replication,
    Optional<Path> credentials,
    Optional<Tls> tls,
    Duration archiveMargin,
    Duration maxClockSkew) {
  /** Longer than a weekend without a running worker. */
  public static final Duration ARCHIVE_MARGIN = Duration.ofDays(3);

  /** Clocks that are synchronized by NTP differ by far less. */
  public static final Duration MAX_CLOCK_SKEW = Duration.ofSeconds(10);

  /**
   * Encrypted connections.
   *
   * @param authority the directory with {@code ca.crt}. If empty, certificates are verified with
   *     the JVM's trust store, and must match the nodes' host names
   * @param certificate the directory with {@code tls.crt} and {@code tls.key} (PKCS #8) for mutual
   *     TLS
   */
  public record Tls(Optional<Path> authority, Optional<Path> certificate) {}
}
