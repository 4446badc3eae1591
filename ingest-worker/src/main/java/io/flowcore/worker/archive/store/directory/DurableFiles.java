package io.flowcore.worker.archive.store.directory;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.flowcore.catalog.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Writes files that appear completely or not at all, and survive a power failure. A file is written
 * as a draft, synced, and renamed atomically. Its directory is synced as well, because the name is
 * stored there.
 */
final class DurableFiles {
  private static final String LOCK = "lock";

  /** No writer takes this long, so an older draft was left by a crash. */
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private static final int BUFFER = 64 << 10;

  private final Path drafts;

  /** Creates a writer with a directory for drafts, on the same volume as the files. */
  DurableFiles(Path drafts) {
    this.drafts = drafts;
  }

  /** Creates the directory for drafts, and deletes drafts that a crash left. */
  void prepare() throws IOException {
    Files.createDirectories(drafts);
    Instant limit = Instant.now().minus(ABANDONED_AFTER);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(drafts)) {
      for (Path entry : entries) {
        boolean abandoned = Files.getLastModifiedTime(entry).toInstant().isBefore(limit);
        if (abandoned && !entry.equals(drafts.resolve(LOCK))) {
          Files.deleteIfExists(entry);
        }
      }
    }
  }

  /** Opens the file whose lock serializes the writers of different processes. */
  FileChannel openLockFile() throws IOException {
    return FileChannel.open(drafts.resolve(LOCK), CREATE, WRITE);
  }

  /**
   * Copies a file.
   *
   * @param sha256 the expected checksum, 32 bytes
   * @return false if the copy that was read back has another checksum; nothing is published then
   */
  boolean copy(Path source, Path target, byte[] sha256) throws IOException {
    Path draft = newDraft();
    try {
      copyAndSync(source, draft);
      if (!MessageDigest.isEqual(checksum(draft), sha256)) {
        return false;
      }
      publish(draft, target);
      return true;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Writes a file, or replaces it. */
  void write(byte[] content, Path target) throws IOException {
    Path draft = newDraft();
    try {
      try (FileChannel out = FileChannel.open(draft, CREATE_NEW, WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
        out.force(true);
      }
      publish(draft, target);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private Path newDraft() {
    return drafts.resolve(UUID.randomUUID().toString());
  }

  private static void copyAndSync(Path source, Path draft) throws IOException {
    try (FileChannel from = FileChannel.open(source, READ);
        FileChannel to = FileChannel.open(draft, CREATE_NEW, WRITE)) {
      long size = from.size();
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to);
      }
      to.force(true);
    }
  }

  private static byte[] checksum(Path file) throws IOException {
    MessageDigest digest = Sha256.newDigest();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return digest.digest();
  }

  private static void publish(Path draft, Path target) throws IOException {
    createDirectories(target.getParent());
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(target.getParent());
  }

  /** Syncs the parent of each new directory, because the name is stored there. */
  private static void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    createDirectories(directory.getParent());
    try {
      Files.createDirectory(directory);
      sync(directory.getParent());
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }
}
