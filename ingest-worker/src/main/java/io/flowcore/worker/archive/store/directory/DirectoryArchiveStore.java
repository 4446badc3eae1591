package io.flowcore.worker.archive.store.directory;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Objects as files below a folder. What is written goes to a draft, is synced, and gets its name by
 * an atomic move; the folder is synced too, so that the name survives a power cut. Conditional
 * writes are told apart by a lock on a file, which the system releases when a process dies.
 */
public final class DirectoryArchiveStore implements ArchiveStore {
  private static final String DRAFTS = ".drafts";
  private static final String LOCK = "lock";
  private static final Duration OLD_DRAFT = Duration.ofDays(1);
  private static final int BUFFER = 64 << 10;

  private final Path root;
  private final Path drafts;

  /** A folder that is there as long as the archive is. */
  private final Path witness;

  /** A file's lock holds between processes; these do between stores of one process. */
  private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final ReentrantLock conditional;

  /**
   * Takes a folder, made if need be.
   *
   * @throws ArchiveException with a message for the operator of the worker if it can't be used
   */
  public DirectoryArchiveStore(Path root) throws ArchiveException {
    this.root = root.toAbsolutePath().normalize();
    drafts = this.root.resolve(DRAFTS);
    try {
      Files.createDirectories(drafts);
      conditional = LOCKS.computeIfAbsent(root.toRealPath(), path -> new ReentrantLock());
      removeOldDrafts();
    } catch (IOException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE, "the archive folder " + root + " can't be used: " + e, e);
    }
    witness = drafts;
  }

  private DirectoryArchiveStore(Path root, Path witness) {
    this.root = root;
    this.witness = witness;
    drafts = root.resolve(DRAFTS);
    conditional = new ReentrantLock();
  }

  /** Reads a folder that another process writes, or that is a copy. Makes nothing in it. */
  public static DirectoryArchiveStore forReading(Path root) {
    Path normal = root.toAbsolutePath().normalize();
    return new DirectoryArchiveStore(normal, normal);
  }

  /** What a crash left behind. No writer takes so long. */
  private void removeOldDrafts() throws IOException {
    Instant before = Instant.now().minus(OLD_DRAFT);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(drafts)) {
      for (Path entry : entries) {
        boolean old = Files.getLastModifiedTime(entry).toInstant().isBefore(before);
        if (old && !entry.equals(drafts.resolve(LOCK))) {
          Files.deleteIfExists(entry);
        }
      }
    }
  }

  /**
   * A folder that is gone, such as one whose volume is not mounted, is not an empty one.
   *
   * @throws ArchiveException if it is gone
   */
  private void requireRoot() throws ArchiveException {
    if (!Files.isDirectory(witness)) {
      throw new ArchiveException(Kind.UNAVAILABLE, "the archive folder is not there any more");
    }
  }

  private Path file(String key) {
    Path file = root.resolve(key).normalize();
    if (!file.startsWith(root) || file.startsWith(drafts)) {
      throw new IllegalArgumentException("no key of an object: " + key);
    }
    return file;
  }

  private interface Access<T> {
    T run() throws IOException, ArchiveException;
  }

  private static <T> T access(String key, Access<T> access) throws ArchiveException {
    try {
      return access.run();
    } catch (IOException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE, "the archive's object " + key + " can't be reached", e);
    }
  }

  @Override
  public void put(String key, Path source, byte[] sha256) throws ArchiveException {
    access(
        key,
        () -> {
          Path draft = drafts.resolve(UUID.randomUUID().toString());
          try {
            byte[] written = copy(source, draft);
            if (!MessageDigest.isEqual(written, sha256)) {
              throw new ArchiveException(
                  Kind.CORRUPT, "what was written for " + key + " has another checksum");
            }
            publish(draft, file(key));
          } finally {
            Files.deleteIfExists(draft);
          }
          return null;
        });
  }

  /** Copies and syncs, and gives the checksum of what can be read back. */
  private static byte[] copy(Path source, Path draft) throws IOException {
    try (FileChannel from = FileChannel.open(source, READ);
        FileChannel to = FileChannel.open(draft, CREATE_NEW, WRITE)) {
      long size = from.size();
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to);
      }
      to.force(true);
    }
    MessageDigest digest = sha256();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(draft)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return digest.digest();
  }

  private void publish(Path draft, Path target) throws IOException {
    createFolders(target.getParent());
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(target.getParent());
  }

  /** A new folder's name is synced in the folder above it. */
  private void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    createFolders(folder.getParent());
    try {
      Files.createDirectory(folder);
      sync(folder.getParent());
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    }
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return access(
        key,
        () -> {
          try {
            byte[] bytes = Files.readAllBytes(file(key));
            return Optional.of(new Content(bytes, version(bytes)));
          } catch (NoSuchFileException e) {
            requireRoot();
            return Optional.empty();
          }
        });
  }

  private static String version(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    conditional.lock();
    try {
      return access(
          key,
          () -> {
            try (FileChannel lockFile = FileChannel.open(drafts.resolve(LOCK), CREATE, WRITE);
                FileLock lock = lockFile.lock()) {
              boolean same = lock.isValid() && read(key).map(Content::version).equals(version);
              if (same) {
                write(content, file(key));
              }
              return same;
            }
          });
    } finally {
      conditional.unlock();
    }
  }

  private void write(byte[] content, Path target) throws IOException {
    Path draft = drafts.resolve(UUID.randomUUID().toString());
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

  @Override
  public byte[] range(String key, long offset, int length) throws ArchiveException {
    return access(
        key,
        () -> {
          try (FileChannel in = FileChannel.open(file(key), READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            while (buffer.hasRemaining()) {
              if (in.read(buffer, offset + buffer.position()) < 0) {
                throw new ArchiveException(
                    Kind.CORRUPT,
                    "the archive's object " + key + " ends before " + (offset + length));
              }
            }
            return buffer.array();
          } catch (NoSuchFileException e) {
            requireRoot();
            throw new ArchiveException(Kind.MISSING, "the archive has no object " + key, e);
          }
        });
  }

  @Override
  public Optional<Long> size(String key) throws ArchiveException {
    return access(
        key,
        () -> {
          try {
            return Files.isDirectory(file(key))
                ? Optional.empty()
                : Optional.of(Files.size(file(key)));
          } catch (NoSuchFileException e) {
            requireRoot();
            return Optional.empty();
          }
        });
  }

  @Override
  public List<String> list(String folder) throws ArchiveException {
    return access(
        folder,
        () -> {
          List<String> names = new ArrayList<>();
          Path path = folder.isEmpty() ? root : file(folder);
          try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
              if (!entry.equals(drafts)) {
                names.add(entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""));
              }
            }
          } catch (NoSuchFileException | NotDirectoryException e) {
            requireRoot();
            return List.of();
          }
          names.sort(null);
          return names;
        });
  }

  @Override
  public void walk(String folder, ObjectVisitor visitor) throws ArchiveException {
    for (String name : list(folder)) {
      String key = folder.isEmpty() ? name : folder + "/" + name;
      if (name.endsWith("/")) {
        walk(key.substring(0, key.length() - 1), visitor);
      } else {
        size(key).ifPresent(size -> visitor.object(key, size));
      }
    }
  }

  @Override
  public void delete(String key) throws ArchiveException {
    access(key, () -> Files.deleteIfExists(file(key)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {}
}
