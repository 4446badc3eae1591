package io.flowcore.worker.ingest;

import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Where uploads wait on disk until they are whole. All of them together stay within a budget. */
public final class SpoolFolder {
  private final Path folder;
  private final long budget;
  private final AtomicLong used = new AtomicLong();

  /**
   * Takes a folder and empties it: what a process that ended left behind was never acknowledged.
   *
   * @param budget bytes that all uploads in progress may take together
   */
  public SpoolFolder(Path folder, long budget) throws IOException {
    this.folder = folder;
    this.budget = budget;
    Files.createDirectories(folder);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  /** Bytes in use. */
  public long used() {
    return used.get();
  }

  /** A new empty file. */
  Spooled create() throws IOException {
    return new Spooled(Files.createTempFile(folder, "upload-", ".part"));
  }

  /** A file that goes when it is closed. Used by one thread. */
  final class Spooled implements AutoCloseable {
    private final Path path;
    private long reserved;

    private Spooled(Path path) {
      this.path = path;
    }

    Path path() {
      return path;
    }

    /** Takes room for more bytes, or refuses with {@code overloaded}. */
    void reserve(long bytes) {
      if (used.addAndGet(bytes) > budget) {
        used.addAndGet(-bytes);
        throw new RequestRefused(
            ErrorCode.overloaded,
            "uploads in progress take all of the " + budget + " bytes of disk set aside for them");
      }
      reserved += bytes;
    }

    @Override
    public void close() throws IOException {
      used.addAndGet(-reserved);
      reserved = 0;
      Files.deleteIfExists(path);
    }
  }
}
