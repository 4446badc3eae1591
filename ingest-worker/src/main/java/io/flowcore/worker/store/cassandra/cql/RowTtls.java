package io.flowcore.worker.store.cassandra.cql;

import java.time.Duration;
import java.time.Instant;

/** Calculates the TTLs of rows. All times are epoch seconds; all TTLs are in seconds. */
public final class RowTtls {
  /**
   * Cassandra's default storage format cannot store an expiry after January 2038 (CASSANDRA-14092).
   */
  private static final long LATEST_EXPIRY = Instant.parse("2038-01-18T00:00:00Z").getEpochSecond();

  private static final long DAY = 86_400;

  /** The catalog's limit of a retention: ten years. */
  private static final long MAX_RETENTION_SECONDS = 3_650 * DAY;

  private final long archiveMarginSeconds;

  /** Creates a calculation with an archive margin; see {@link CassandraSettings#archiveMargin}. */
  public RowTtls(Duration archiveMargin) {
    archiveMarginSeconds = archiveMargin.toSeconds();
  }

  /** Returns the archive margin, in seconds. */
  public long archiveMarginSeconds() {
    return archiveMarginSeconds;
  }

  /** Returns the TTL of a row that is needed until a second; at least 1. */
  public int ttlUntil(long second, long nowSecond) {
    return (int) Math.max(1, Math.min(second, LATEST_EXPIRY) - nowSecond);
  }

  /** Returns the TTL of an event. An event that must be archived outlives its expiry. */
  public int eventTtl(long expiresAtSecond, boolean archive, long nowSecond) {
    long expires = Math.max(expiresAtSecond, nowSecond);
    return ttlUntil(archive ? expires + archiveMarginSeconds : expires, nowSecond);
  }

  /**
   * Returns the TTL of an index row: a day longer than that of any event that is found through it.
   */
  public int indexTtl(long expiresAtSecond, long nowSecond) {
    return ttlUntil(Math.max(expiresAtSecond, nowSecond) + archiveMarginSeconds + DAY, nowSecond);
  }

  /** Returns a TTL that is longer than that of any event. */
  public int maxIndexTtl(long nowSecond) {
    return indexTtl(nowSecond + MAX_RETENTION_SECONDS, nowSecond);
  }
}
