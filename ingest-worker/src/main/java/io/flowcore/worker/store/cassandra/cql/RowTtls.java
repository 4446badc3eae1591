package io.flowcore.worker.store.cassandra.cql;

import java.time.Duration;
import java.time.Instant;

/** How long rows live. */
public final class RowTtls {
  /** What Cassandra counts expiry in ends here, unless it is told otherwise (CASSANDRA-14092). */
  private static final long END = Instant.parse("2038-01-18T00:00:00Z").getEpochSecond();

  private static final long DAY = 86_400;

  /** As the catalog has it. */
  private static final long LONGEST_RETENTION_SECONDS = 3_650 * DAY;

  /** Spreads the seconds of a century over what lies before {@link #REMOVED}. */
  private static final long STEPS = 100_000;

  /**
   * Timestamp of a removal, in microseconds: later than that of any index row, and in the past, as
   * ScyllaDB wants it.
   */
  public static final long REMOVED = 1_000_000_000_000_000L;

  private final long marginSeconds;

  public RowTtls(Duration archiveMargin) {
    marginSeconds = archiveMargin.toSeconds();
  }

  public long marginSeconds() {
    return marginSeconds;
  }

  /** TTL of a row that is of use until a second, 1 at least. */
  public int until(long second, long nowSecond) {
    return (int) Math.max(1, Math.min(second, END) - nowSecond);
  }

  /** A TTL that is longer than that of any event. */
  public int longest(long nowSecond) {
    return index(nowSecond + LONGEST_RETENTION_SECONDS, nowSecond);
  }

  /** TTL of an event. */
  public int event(long expiresAtSecond, boolean archive, long nowSecond) {
    long expires = Math.max(expiresAtSecond, nowSecond);
    return until(archive ? expires + marginSeconds : expires, nowSecond);
  }

  /** TTL of a row that leads to events: as long as that of any of them, and a day more. */
  public int index(long expiresAtSecond, long nowSecond) {
    return until(Math.max(expiresAtSecond, nowSecond) + marginSeconds + DAY, nowSecond);
  }

  /**
   * Timestamp of a row that is of use until a second, in microseconds: of several writes that which
   * keeps the row for longest stays. Far in the past, for it stands for no time.
   */
  public static long timestamp(long second) {
    return second * STEPS;
  }
}
