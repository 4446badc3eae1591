package io.flowcore.worker.ingest.file;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps uploads on disk until they are complete. A budget limits their total size. */
public final class UploadSpool {
  private static final Logger LOG = LoggerFactory.getLogger(UploadSpool.class);

  private final Path directory;
  private final long budget;
  private final DiskBudget disk;
  private final AtomicLong used = new AtomicLong();

  /**
   * Creates the directory if it does not exist, and deletes the files in it: they belong to uploads
   * that an earlier process never acknowledged.
   *
   * @param budget the maximum total size of all uploads in progress, in bytes
   * @param disk the budget of the disk that contains the directory
   * @throws IOException if the directory cannot be created or emptied
   */
  public UploadSpool(Path directory, long budget, DiskBudget disk) throws IOException {
    this.directory = directory;
    this.budget = budget;
    this.disk = disk;
    Files.createDirectories(directory);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  /** Registers the disk space in use. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge("flowcore.upload.spool.bytes", "Disk in use by uploads in progress", used::get);
  }

  /** Returns the total size of all uploads in progress, in bytes. */
  public long used() {
    return used.get();
  }

  /** Returns the maximum total size of all uploads in progress, in bytes. */
  long budget() {
    return budget;
  }

  /**
   * Creates an empty file.
   *
   * @throws StoreException if the disk is full or fails
   */
  Spooled create() throws StoreException {
    try {
      Path path = Files.createTempFile(directory, "upload-", ".part");
      try {
        return new Spooled(path, FileChannel.open(path, READ, WRITE));
      } catch (IOException e) {
        Files.deleteIfExists(path);
        throw e;
      }
    } catch (IOException e) {
      throw diskFailed(e);
    }
  }

  private static StoreException diskFailed(IOException e) {
    LOG.error("Could not read or write the disk for uploads: {}", FailureLog.describe(e));
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "the disk for uploads is full or has failed; see the worker's log",
        e);
  }

  /** A file that is deleted when it is closed. Not safe for use by several threads. */
  final class Spooled implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private long reserved;

    private Spooled(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
    }

    /**
     * Appends bytes.
     *
     * @throws ApiException with {@code overloaded} if the budget of uploads or of the disk is used
     *     up
     * @throws StoreException if the disk fails
     */
    void write(byte[] bytes, int length) throws StoreException {
      disk.require();
      if (used.addAndGet(length) > budget) {
        used.addAndGet(-length);
        throw new ApiException(
            ErrorCode.OVERLOADED,
            String.format(
                Locale.ROOT,
                "uploads in progress use all of the %,d bytes of disk reserved for them; retry later",
                budget));
      }
      reserved += length;
      try {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } catch (IOException e) {
        throw diskFailed(e);
      }
    }

    /** Reads the bytes from a position on, at most {@code length} of them. */
    byte[] read(long position, int length) throws StoreException {
      ByteBuffer buffer =
          ByteBuffer.allocate((int) Math.min(length, Math.max(0, reserved - position)));
      try {
        while (buffer.hasRemaining()) {
          if (channel.read(buffer, position + buffer.position()) < 0) {
            throw new EOFException("the file of an upload was truncated");
          }
        }
      } catch (IOException e) {
        throw diskFailed(e);
      }
      return buffer.array();
    }

    @Override
    public void close() {
      used.addAndGet(-reserved);
      reserved = 0;
      try (channel) {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        LOG.warn(
            "Could not delete the file of an upload; the worker deletes it at its next start", e);
      }
    }
  }
}
