package io.flowcore.worker.ingest.file;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.PrivateDirectories;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps uploads on disk until they are complete. A budget limits their size, in total and per key.
 */
public final class UploadSpool {
  private static final Logger LOG = LoggerFactory.getLogger(UploadSpool.class);

  private final Path directory;
  private final FairBudget budget;
  private final DiskBudget disk;

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
    this.budget = new FairBudget("uploads", "disk space", budget);
    this.disk = disk;
    PrivateDirectories.create(directory);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  /** Registers the disk space in use. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge("flowcore.upload.spool.bytes", "Disk in use by uploads in progress", this::used);
  }

  /** Returns the total size of all uploads in progress, in bytes. */
  public long used() {
    return budget.used();
  }

  /** Returns the maximum size of one upload, in bytes. */
  long maxFileBytes() {
    return budget.largestRequest();
  }

  /**
   * Creates an empty file.
   *
   * @param key the WebhookKey that uses the space
   * @throws StoreException if the disk is full or fails
   */
  Spooled create(String key) throws StoreException {
    try {
      Path path = Files.createTempFile(directory, "upload-", ".part");
      try {
        return new Spooled(path, FileChannel.open(path, READ, WRITE), budget.lease(key));
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
        DiskSpace.isFull(e)
            ? "disk full: the upload cannot be stored until space is freed; retry later"
            : "the disk for uploads has failed; see the worker's log",
        e);
  }

  /** A file that is deleted when it is closed. Not safe for use by several threads. */
  final class Spooled implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final FairBudget.Lease space;
    private long size;

    private Spooled(Path path, FileChannel channel, FairBudget.Lease space) {
      this.path = path;
      this.channel = channel;
      this.space = space;
    }

    /**
     * Appends bytes.
     *
     * @throws ApiException with {@code overloaded} if the share of the key, of all uploads or of
     *     the disk is used up
     * @throws StoreException if the disk fails
     */
    void write(byte[] bytes, int length) throws StoreException {
      disk.require();
      space.take(length);
      size += length;
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
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, Math.max(0, size - position)));
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
      try (space;
          channel) {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        LOG.warn(
            "Could not delete the file of an upload; the worker deletes it at its next start", e);
      }
    }
  }
}
