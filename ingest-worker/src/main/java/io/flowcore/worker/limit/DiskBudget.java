package io.flowcore.worker.limit;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a disk that stays free. A store that meets the end of its disk in the middle of a
 * write is broken until somebody makes room; so senders are asked to come back while there still is
 * some, for compaction, for archiving and for taking out what has expired.
 */
public final class DiskBudget {
  private static final Logger LOG = LoggerFactory.getLogger(DiskBudget.class);

  /** Of the whole disk, if nothing else is asked for, but no more than {@link #MOST_RESERVED}. */
  private static final int PART_RESERVED = 10;

  private static final long MOST_RESERVED = 2L << 30;
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Disk disk;
  private final long reserve;
  private final AtomicLong lookAgainAt;
  private volatile long free;

  /** Tells how many bytes are free. */
  interface Disk {
    long free() throws IOException;
  }

  DiskBudget(Disk disk, long reserve) throws IOException {
    this.disk = disk;
    this.reserve = reserve;
    this.free = disk.free();
    this.lookAgainAt = new AtomicLong(System.nanoTime() + LOOK_EVERY_NANOS);
  }

  /**
   * The disk that a folder lies on.
   *
   * @param reserve bytes that stay free; if empty, a tenth of the disk, at most 2 GiB
   * @throws IOException if the disk can't be asked
   */
  public static DiskBudget of(Path folder, OptionalLong reserve) throws IOException {
    FileStore store = Files.getFileStore(folder);
    return new DiskBudget(
        store::getUsableSpace,
        reserve.orElse(Math.min(store.getTotalSpace() / PART_RESERVED, MOST_RESERVED)));
  }

  /**
   * Passes if more is free than stays reserved. Asks the disk ten times a second at most.
   *
   * @throws RequestRefused {@code overloaded}, with what is free and what has to be
   */
  public void require() {
    long now = free();
    if (now <= reserve) {
      throw new ApiException(
          ErrorCode.OVERLOADED,
          String.format(
              Locale.ROOT,
              "the disk has %,d bytes left, and %,d of them stay free; no events are taken until others have been archived or have expired",
              now,
              reserve));
    }
  }

  /** Bytes that are free, as of a tenth of a second ago. */
  public long free() {
    long due = lookAgainAt.get();
    long now = System.nanoTime();
    if (now - due >= 0 && lookAgainAt.compareAndSet(due, now + LOOK_EVERY_NANOS)) {
      try {
        free = disk.free();
      } catch (IOException e) {
        LOG.error("The disk can't be asked what is free; no events are taken", e);
        free = 0;
      }
    }
    return free;
  }

  /** Bytes that stay free. */
  public long reserve() {
    return reserve;
  }
}
