package io.flowcore.worker.disk;

import io.flowcore.worker.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The free space of a disk, and the reserve that its uses leave free; see {@link DiskUse}. RocksDB
 * cannot write its log, flush or start on a full disk. Everything else therefore stops earlier.
 */
public final class DiskSpace {
  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

  /** By default a tenth of the disk is reserved, but at most {@link #MAX_DEFAULT_RESERVE}. */
  private static final int DEFAULT_RESERVE_DIVISOR = 10;

  private static final long MAX_DEFAULT_RESERVE = 2L << 30;
  private static final long CHECK_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Path directory;
  private final Volume volume;
  private final long total;
  private final long reserve;
  private final AtomicLong nextCheckNanos;
  private final Map<DiskUse, Boolean> stopped = new EnumMap<>(DiskUse.class);
  private volatile long free;

  /** Returns how many bytes are free. */
  public interface Volume {
    long free() throws IOException;
  }

  /**
   * Creates the space of a disk.
   *
   * @param directory names the disk in logs
   * @param total the size of the disk in bytes
   * @param reserve the bytes that new events leave free
   */
  public DiskSpace(Path directory, Volume volume, long total, long reserve) throws IOException {
    this.directory = directory;
    this.volume = volume;
    this.total = total;
    this.reserve = reserve;
    this.free = volume.free();
    this.nextCheckNanos = new AtomicLong(System.nanoTime() + CHECK_INTERVAL_NANOS);
  }

  /**
   * Returns the space of the disk that a directory is on.
   *
   * @param reserve bytes that new events leave free; if empty, a tenth of the disk, at most 2 GiB,
   *     and at least the minimum
   * @param minReserve returns the minimum for a disk of some size in bytes
   * @throws IOException if the size of the disk cannot be read
   */
  public static DiskSpace of(Path directory, OptionalLong reserve, LongUnaryOperator minReserve)
      throws IOException {
    FileStore store = Files.getFileStore(directory);
    long total = store.getTotalSpace();
    long tenth = Math.min(total / DEFAULT_RESERVE_DIVISOR, MAX_DEFAULT_RESERVE);
    return new DiskSpace(
        directory,
        store::getUsableSpace,
        total,
        reserve.orElse(Math.max(tenth, minReserve.applyAsLong(total))));
  }

  /** Returns the space of a disk without a reserve, for example of one that others look after. */
  public static DiskSpace withoutReserve(Path directory) throws IOException {
    return new DiskSpace(directory, () -> Long.MAX_VALUE, Long.MAX_VALUE, 0);
  }

  /** Registers the free bytes and what each use leaves free. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge("flowcore.disk.free.bytes", "Bytes free on the disk", this::free);
    metrics.gauge(
        "flowcore.disk.reserve.bytes",
        "Bytes that stay free; events are rejected when the free space falls to this size",
        () -> reserve(DiskUse.INGEST));
    metrics.gauge(
        "flowcore.disk.archive.reserve.bytes",
        "Archiving is paused when the free space falls to this size",
        () -> reserve(DiskUse.ARCHIVE));
    metrics.gauge(
        "flowcore.disk.store.reserve.bytes",
        "The hot store stops writing when the free space falls to this size",
        () -> reserve(DiskUse.STORE));
  }

  /** Returns the free bytes; the value is at most 100 ms old. 0 if they cannot be read. */
  public long free() {
    long due = nextCheckNanos.get();
    long now = System.nanoTime();
    if (now - due >= 0 && nextCheckNanos.compareAndSet(due, now + CHECK_INTERVAL_NANOS)) {
      free = read();
    }
    return free;
  }

  private long read() {
    try {
      return volume.free();
    } catch (IOException e) {
      LOG.error(
          "Could not read the free space of the disk of {}; events are rejected until it can be read",
          directory,
          e);
      return 0;
    }
  }

  /** Returns the size of the disk in bytes. */
  public long total() {
    return total;
  }

  /** Returns how many bytes a use leaves free. */
  public long reserve(DiskUse use) {
    return use.share(reserve);
  }

  /** Returns whether a directory is on this disk. */
  public boolean contains(Path other) throws IOException {
    return Files.getFileStore(directory).equals(Files.getFileStore(other));
  }

  /**
   * Returns why a use may not write, in a sentence for clients; empty if it may.
   *
   * @param bytes that it is about to write
   */
  public Optional<String> obstacle(DiskUse use, long bytes) {
    // The cached value is enough for a request. What is written in megabytes needs the current one.
    long now = bytes > 0 ? read() : free();
    return now - bytes > reserve(use)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "disk full: the disk has %,d bytes left, and %,d must stay free; %s until space is freed",
                now,
                reserve(use),
                use.consequence()));
  }

  /** Returns the state of the disk in a sentence for logs and administrators, with its path. */
  public String describe() {
    return String.format(
        Locale.ROOT,
        "disk full: the disk of %s has %,d bytes free, and the reserve is %,d bytes; delete other files on it, or"
            + " enlarge the volume",
        directory,
        read(),
        reserve);
  }

  /** Logs each use that has stopped or continues since the last call. Used by one thread. */
  public void logChanges() {
    for (DiskUse use : DiskUse.values()) {
      Optional<String> obstacle = obstacle(use, 0);
      boolean before = stopped.getOrDefault(use, false);
      if (obstacle.isPresent() && !before) {
        LOG.error("Disk of {}: {}", directory, obstacle.get());
      } else if (obstacle.isEmpty() && before) {
        LOG.info(
            "The disk of {} has space again: {} bytes are free, more than {} for {}",
            directory,
            free(),
            reserve(use),
            use);
      }
      stopped.put(use, obstacle.isPresent());
    }
  }

  /** Returns whether an exception, or one of its causes, says that a disk or a quota is full. */
  public static boolean isFull(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return true;
      }
    }
    return false;
  }
}
