package io.flowcore.worker.archive;

import java.time.Duration;

/** The end of a time slice, by monotonic time. Work that is interrupted has no time left. */
final class Deadline {
  private final long endNanos;

  private Deadline(long endNanos) {
    this.endNanos = endNanos;
  }

  /** Returns the end of a slice that begins now. */
  static Deadline in(Duration slice) {
    return new Deadline(System.nanoTime() + slice.toNanos());
  }

  boolean hasPassed() {
    return System.nanoTime() - endNanos >= 0 || Thread.currentThread().isInterrupted();
  }
}
