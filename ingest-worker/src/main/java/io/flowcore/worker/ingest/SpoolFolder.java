package io.flowcore.worker.ingest;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

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
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where uploads wait on disk until they are whole. All of them together stay within a budget. */
public final class SpoolFolder {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolFolder.class);

  private final Path folder;
  private final long budget;
  private final DiskBudget disk;
  private final AtomicLong used = new AtomicLong();

  /**
   * Takes a folder and empties it: what a process that ended left behind was never acknowledged.
   *
   * @param budget bytes that all uploads in progress may take together
   * @param disk that the folder lies on
   */
  public SpoolFolder(Path folder, long budget, DiskBudget disk) throws IOException {
    this.folder = folder;
    this.budget = budget;
    this.disk = disk;
    Files.createDirectories(folder);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  /** Registers the disk space in use. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge("flowcore.upload.spool.bytes", "Disk in use by uploads in progress", used::get);
  }

  /** Bytes in use. */
  public long used() {
    return used.get();
  }

  /** Bytes that all uploads in progress may take together. */
  long budget() {
    return budget;
  }

  /**
   * A new empty file.
   *
   * @throws StoreException if the disk takes none
   */
  Spooled create() throws StoreException {
    try {
      Path path = Files.createTempFile(folder, "upload-", ".part");
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
    LOG.error("The disk for uploads fails", e);
    return new StoreException(
        StoreException.Kind.UNAVAILABLE, "the disk for uploads is full or fails", e);
  }

  /** A file that goes when it is closed. Used by one thread. */
  final class Spooled implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private long reserved;

    private Spooled(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
    }

    /**
     * Adds bytes at the end.
     *
     * @throws RequestRefused with {@code overloaded} if uploads in progress take all there is, or
     *     the disk has no room
     * @throws StoreException if the disk does not take them
     */
    void write(byte[] bytes, int length) throws StoreException {
      disk.require();
      if (used.addAndGet(length) > budget) {
        used.addAndGet(-length);
        throw new ApiException(
            ErrorCode.OVERLOADED,
            "uploads in progress take all of the " + budget + " bytes of disk set aside for them");
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

    /** The bytes from a position on, at most {@code length} of them. */
    byte[] read(long position, int length) throws StoreException {
      ByteBuffer buffer =
          ByteBuffer.allocate((int) Math.min(length, Math.max(0, reserved - position)));
      try {
        while (buffer.hasRemaining()) {
          if (channel.read(buffer, position + buffer.position()) < 0) {
            throw new EOFException("an upload became shorter");
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
        LOG.warn("An upload's file can't be removed; it goes when the worker starts anew", e);
      }
    }
  }
}
