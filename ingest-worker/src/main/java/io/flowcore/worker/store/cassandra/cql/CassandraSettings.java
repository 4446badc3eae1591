package io.flowcore.worker.store.cassandra.cql;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where the cluster is, and how a worker uses it.
 *
 * @param contactPoints {@code host} or {@code host:port}, 1 at least
 * @param datacenter whose replicas are used; the same for all workers of a data core
 * @param keyspace of one data core
 * @param replication copies of the keyspace that is made if it is missing; if empty, it must be
 *     there
 * @param credentials folder with {@code username} and {@code password}, read for each new
 *     connection
 * @param tls empty for plain connections
 * @param archiveMargin how long an event that is to be archived is kept behind its TTL at least;
 *     while any worker runs, what still waits is kept longer
 * @param maxClockSkew by how much this worker's clock may differ from those of the nodes
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
  /** Longer than a weekend on which nobody starts a worker. */
  public static final Duration ARCHIVE_MARGIN = Duration.ofDays(3);

  /** What clocks that are kept in step at all never reach. */
  public static final Duration MAX_CLOCK_SKEW = Duration.ofSeconds(10);

  /**
   * Encrypted connections.
   *
   * @param authority folder with {@code ca.crt}; if empty, the JVM's trust store, and then the host
   *     names in the servers' certificates count
   * @param certificate folder with {@code tls.crt} and {@code tls.key} (PKCS #8) for mutual TLS
   */
  public record Tls(Optional<Path> authority, Optional<Path> certificate) {}
}
