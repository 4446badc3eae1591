package io.flowcore.worker.archive;

import java.util.concurrent.Semaphore;

/**
 * Limits the memory of all segments that are written at the same time. Every hour may write small
 * segments; only a few at a time may write large ones, because the ids of a segment's events stay
 * in memory until it is committed. Safe for use by many threads.
 */
public final class SegmentMemory {
  /** A page, its lines, a frame, the compressed frame, and the ids of a small segment. */
  private static final long BYTES_PER_HOUR = 6L << 20;

  /** The ids of 64 MiB of short lines, and a part of an upload with its copy. */
  private static final long BYTES_PER_LARGE_SEGMENT = 32L << 20;

  /** Lines of a small segment. Even if they cannot be compressed, it is uploaded in one request. */
  static final long SMALL_SEGMENT_BYTES = 4L << 20;

  private static final int MIN_HOURS = 2;
  static final int MAX_HOURS = 16;

  private final int hours;
  private final Semaphore largeSegments;

  private SegmentMemory(int hours, int largeSegments) {
    this.hours = hours;
    this.largeSegments = new Semaphore(largeSegments);
  }

  /**
   * Divides an amount of memory: two to sixteen hours at the same time, and at least one large
   * segment.
   */
  public static SegmentMemory of(long bytes) {
    int hours = Math.clamp(bytes / BYTES_PER_HOUR, MIN_HOURS, MAX_HOURS);
    long rest = bytes - hours * BYTES_PER_HOUR;
    return new SegmentMemory(hours, Math.clamp(rest / BYTES_PER_LARGE_SEGMENT, 1, hours));
  }

  /** Returns the number of hours that may be archived at the same time. */
  int hours() {
    return hours;
  }

  /** Begins a segment. */
  Lease begin() {
    return new Lease();
  }

  /** The memory of one segment, until it is committed. Used by one thread. */
  final class Lease implements AutoCloseable {
    private boolean large;

    /** Returns whether a segment with some bytes of lines may get more; if not, it ends here. */
    boolean mayGrow(long bytes) {
      if (bytes >= SMALL_SEGMENT_BYTES && !large) {
        large = largeSegments.tryAcquire();
      }
      return bytes < SMALL_SEGMENT_BYTES || large;
    }

    @Override
    public void close() {
      if (large) {
        large = false;
        largeSegments.release();
      }
    }
  }
}
