package io.flowcore.worker.archive.store.directory;

import static io.flowcore.worker.archive.store.directory.FileAccess.access;
import static java.nio.file.StandardOpenOption.READ;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.disk.PrivateDirectories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stores objects as files below a directory. Conditional writes are serialized by a lock on a file,
 * which the operating system releases when a process ends.
 */
public final class DirectoryArchiveStore implements ArchiveStore {
  private static final String DRAFTS = ".drafts";

  /** A file lock excludes other processes; these locks exclude other stores of this process. */
  private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final Path root;
  private final Path drafts;

  /** A directory that exists as long as the archive is mounted. */
  private final Path marker;

  /** Every write waits for the disk; more than two at a time only compete for it. */
  private static final int PARALLELISM = 2;

  private final DurableFiles files;

  /** Empty if the archive is on another disk than the hot store. */
  private final Optional<DiskSpace> disk;

  private final ReentrantLock conditionalWrites;

  /**
   * Opens a directory, which is created if it does not exist.
   *
   * @throws ArchiveException with a message for the administrator if the directory cannot be used
   */
  public DirectoryArchiveStore(Path root) throws ArchiveException {
    this(root, Optional.empty());
  }

  /**
   * Opens a directory, which is created if it does not exist. If it is on the disk of the hot
   * store, it leaves the store's part of that disk free.
   *
   * @throws ArchiveException with a message for the administrator if the directory cannot be used
   */
  public DirectoryArchiveStore(Path root, DiskSpace hotStoreDisk) throws ArchiveException {
    this(root, Optional.of(hotStoreDisk));
  }

  private DirectoryArchiveStore(Path root, Optional<DiskSpace> hotStoreDisk)
      throws ArchiveException {
    this.root = root.toAbsolutePath().normalize();
    drafts = this.root.resolve(DRAFTS);
    files = new DurableFiles(drafts);
    try {
      PrivateDirectories.create(this.root);
      files.prepare();
      disk =
          hotStoreDisk.isPresent() && hotStoreDisk.get().contains(this.root)
              ? hotStoreDisk
              : Optional.empty();
      conditionalWrites = LOCKS.computeIfAbsent(root.toRealPath(), path -> new ReentrantLock());
    } catch (IOException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive directory "
              + root
              + " cannot be used ("
              + e
              + "); check that the volume is mounted and writable",
          e);
    }
    marker = drafts;
  }

  private DirectoryArchiveStore(Path root, Path marker) {
    this.root = root;
    this.marker = marker;
    drafts = root.resolve(DRAFTS);
    files = new DurableFiles(drafts);
    disk = Optional.empty();
    conditionalWrites = new ReentrantLock();
  }

  /** Opens a directory that another process writes, or a copy of it, and creates nothing in it. */
  public static DirectoryArchiveStore forReading(Path root) {
    Path normal = root.toAbsolutePath().normalize();
    return new DirectoryArchiveStore(normal, normal);
  }

  /**
   * Checks that the directory still exists. A missing directory, for example of a volume that is
   * not mounted, must not be mistaken for an empty archive.
   *
   * @throws ArchiveException if it does not exist
   */
  private void requireRoot() throws ArchiveException {
    if (!Files.isDirectory(marker)) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive directory no longer exists; check that its volume is mounted");
    }
  }

  private Path file(String key) {
    Path file = root.resolve(key).normalize();
    if (!file.startsWith(root) || file.startsWith(drafts)) {
      throw new IllegalArgumentException("not the key of an object: " + key);
    }
    return file;
  }

  private void requireSpace(DiskUse use, long bytes) throws ArchiveException {
    Optional<String> obstacle = disk.flatMap(space -> space.obstacle(use, bytes));
    if (obstacle.isPresent()) {
      throw new ArchiveException(Kind.UNAVAILABLE, obstacle.get());
    }
  }

  @Override
  public void put(String key, Path source, byte[] sha256) throws ArchiveException {
    requireSpace(DiskUse.ARCHIVE, access(key, () -> Files.size(source)));
    boolean copied = access(key, () -> files.copy(source, file(key), sha256));
    if (!copied) {
      throw new ArchiveException(
          Kind.CORRUPT, "the file written for " + key + " has another checksum than expected");
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
    return Sha256.hex(bytes);
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    // Manifests are small, and segments are deleted only after a manifest says so.
    requireSpace(DiskUse.STORE, content.length);
    conditionalWrites.lock();
    try {
      return access(
          key,
          () -> {
            try (FileChannel lockFile = files.openLockFile();
                FileLock lock = lockFile.lock()) {
              boolean unchanged = lock.isValid() && read(key).map(Content::version).equals(version);
              if (unchanged) {
                files.write(content, file(key));
              }
              return unchanged;
            }
          });
    } finally {
      conditionalWrites.unlock();
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
                throw ArchiveException.truncated(key, offset + length);
              }
            }
            return buffer.array();
          } catch (NoSuchFileException e) {
            requireRoot();
            throw ArchiveException.missing(key, e);
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
  public List<String> list(String prefix) throws ArchiveException {
    return access(
        prefix,
        () -> {
          List<String> names = new ArrayList<>();
          Path path = prefix.isEmpty() ? root : file(prefix);
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
  public void walk(String prefix, ObjectVisitor visitor) throws ArchiveException {
    for (String name : list(prefix)) {
      String key = prefix.isEmpty() ? name : prefix + "/" + name;
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

  @Override
  public int parallelism() {
    return PARALLELISM;
  }

  @Override
  public void close() {}
}
