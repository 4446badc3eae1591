package io.flowcore.worker.limit;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.metrics.MetricRegistry;
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
 * Keeps a part of a disk free. A store whose disk is full in the middle of a write fails until an
 * administrator frees space. Events are therefore rejected earlier, while compaction, archiving and
 * expiry still have space to work with.
 */
public final class DiskBudget {
  private static final Logger LOG = LoggerFactory.getLogger(DiskBudget.class);

  /** By default a tenth of the disk is reserved, but at most {@link #MAX_DEFAULT_RESERVE}. */
  private static final int DEFAULT_RESERVE_DIVISOR = 10;

  private static final long MAX_DEFAULT_RESERVE = 2L << 30;
  private static final long CHECK_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Disk disk;
  private final long reserve;
  private final AtomicLong nextCheckNanos;
  private volatile long free;

  /** Returns how many bytes are free. */
  interface Disk {
    long free() throws IOException;
  }

  DiskBudget(Disk disk, long reserve) throws IOException {
    this.disk = disk;
    this.reserve = reserve;
    this.free = disk.free();
    this.nextCheckNanos = new AtomicLong(System.nanoTime() + CHECK_INTERVAL_NANOS);
  }

  /**
   * Returns the budget of the disk that a directory is on.
   *
   * @param reserve bytes that stay free; if empty, a tenth of the disk, at most 2 GiB
   * @throws IOException if the size of the disk cannot be read
   */
  public static DiskBudget of(Path directory, OptionalLong reserve) throws IOException {
    FileStore store = Files.getFileStore(directory);
    return new DiskBudget(
        store::getUsableSpace,
        reserve.orElse(
            Math.min(store.getTotalSpace() / DEFAULT_RESERVE_DIVISOR, MAX_DEFAULT_RESERVE)));
  }

  /** Registers the free and the reserved bytes. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge("flowcore.disk.free.bytes", "Bytes free on the disk", this::free);
    metrics.gauge(
        "flowcore.disk.reserve.bytes",
        "Bytes that stay free; events are rejected when the free space falls to this size",
        this::reserve);
  }

  /**
   * Checks that more space is free than is reserved. Reads the disk at most ten times per second.
   *
   * @throws ApiException {@code overloaded}, with the free and the reserved bytes
   */
  public void require() {
    long now = free();
    if (now <= reserve) {
      throw new ApiException(
          ErrorCode.OVERLOADED,
          String.format(
              Locale.ROOT,
              "the disk has %,d bytes left, and %,d must stay free; events are rejected until stored events are archived or expire; retry later",
              now,
              reserve));
    }
  }

  /** Returns the free bytes; the value is at most 100 ms old. */
  public long free() {
    long due = nextCheckNanos.get();
    long now = System.nanoTime();
    if (now - due >= 0 && nextCheckNanos.compareAndSet(due, now + CHECK_INTERVAL_NANOS)) {
      try {
        free = disk.free();
      } catch (IOException e) {
        LOG.error(
            "Could not read the free space of the disk; events are rejected until it can be read",
            e);
        free = 0;
      }
    }
    return free;
  }

  /** Returns the bytes that stay free. */
  public long reserve() {
    return reserve;
  }
}
