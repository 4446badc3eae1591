package io.flowcore.worker.http.transport;

import java.util.concurrent.TimeUnit;

/**
 * Whether a client reads its response fast enough: {@value #MIN_BYTES_PER_SECOND} bytes per second,
 * apart from a pause of {@value #PAUSE_SECONDS} s. What it has read faster before does not count,
 * because the first megabytes only fill the buffers of the network. Used by one thread.
 */
final class ReadRate {
  /** Slower than any mobile network. A page waits for its client much less anyway. */
  static final int MIN_BYTES_PER_SECOND = 4 << 10;

  static final int PAUSE_SECONDS = 10;

  private static final long NANOS_PER_BYTE = TimeUnit.SECONDS.toNanos(1) / MIN_BYTES_PER_SECOND;

  /** How long the client has taken beyond the minimum rate. */
  private long lateNanos;

  /** Returns how long the client may take to read the next bytes; may be negative. */
  long allowedNanos(int bytes) {
    return TimeUnit.SECONDS.toNanos(PAUSE_SECONDS) - lateNanos + bytes * NANOS_PER_BYTE;
  }

  /** Counts bytes that were written, and how long that took. */
  void written(int bytes, long nanos) {
    lateNanos = Math.max(0, lateNanos + nanos - bytes * NANOS_PER_BYTE);
  }
}
