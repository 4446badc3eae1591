package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.store.rocksdb.DiskTrace.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * What a directory may contain after a power cut. Everything that was synced is there. Of the
 * writes after that, each page of 4 KiB is independently there, absent or torn between two sectors,
 * and the size is between the synced and the written one. Creations, renames and deletions that
 * were not synced are there or not.
 */
final class SimulatedDisk {
  private static final int PAGE = 4096;
  private static final int SECTOR = 512;

  /** How a file system orders changes of a directory. */
  enum Ordering {
    /** In order; a sync of any file makes all earlier changes durable. As ext4 and XFS do. */
    JOURNAL,
    /**
     * In any order; only a sync of the directory makes changes durable. All that POSIX promises.
     */
    NONE
  }

  /** A file, which keeps its identity when it is renamed. */
  private static final class Inode {
    private byte[] synced = {};
    private final List<Operation> unsynced = new ArrayList<>();
  }

  /** A sync in progress: the number of changes that it makes durable. */
  private record Sync(int writes, int directoryChanges) {}

  /** A change of the directory: the name that goes, and the one that comes with its file. */
  private record Change(Optional<String> removed, Optional<Map.Entry<String, Inode>> added) {
    void applyTo(Map<String, Inode> names) {
      removed.ifPresent(names::remove);
      added.ifPresent(entry -> names.put(entry.getKey(), entry.getValue()));
    }
  }

  private final String directory;
  private final String acknowledgements;
  private final Ordering ordering;
  private final Map<String, Inode> names = new HashMap<>();
  private final Map<Integer, Inode> open = new HashMap<>();
  private final Map<Integer, Sync> syncs = new HashMap<>();
  private final Inode directoryInode = new Inode();
  private final Map<String, Inode> syncedNames = new TreeMap<>();
  private final List<Change> unsyncedChanges = new ArrayList<>();
  private final Inode acknowledgementFile = new Inode();
  private final ByteArrayOutputStream acknowledged = new ByteArrayOutputStream();

  /**
   * Creates an empty disk.
   *
   * @param directory that is simulated
   * @param acknowledgements a file to which the process writes what it has acknowledged
   */
  SimulatedDisk(Path directory, Path acknowledgements, Ordering ordering) {
    this.directory = directory.toString();
    this.acknowledgements = acknowledgements.toString();
    this.ordering = ordering;
  }

  void apply(Operation operation) {
    switch (operation) {
      case Operation.Open(int file, String path, boolean truncate) -> open(file, path, truncate);
      case Operation.Write(int file, long _, byte[] data) -> {
        Inode inode = open.get(file);
        if (inode == acknowledgementFile) {
          acknowledged.writeBytes(data);
        } else if (inode != null) {
          inode.unsynced.add(operation);
        }
      }
      case Operation.Truncate(int file, long _) ->
          Optional.ofNullable(open.get(file)).ifPresent(inode -> inode.unsynced.add(operation));
      case Operation.SyncBegin(int file) ->
          Optional.ofNullable(open.get(file))
              .ifPresent(inode ->
                  syncs.put(file, new Sync(inode.unsynced.size(), unsyncedChanges.size())));
      case Operation.SyncEnd(int file) -> endSync(file);
      case Operation.Rename(String from, String to) -> rename(from, to);
      case Operation.Unlink(String path) -> {
        if (isHere(path) && names.remove(name(path)) != null) {
          change(new Change(Optional.of(name(path)), Optional.empty()));
        }
      }
      case Operation.Close(int file) -> {
        open.remove(file);
        syncs.remove(file);
      }
    }
  }

  private boolean isHere(String path) {
    return path.startsWith(directory + "/");
  }

  private String name(String path) {
    return path.substring(directory.length() + 1);
  }

  private void open(int file, String path, boolean truncate) {
    if (path.equals(acknowledgements)) {
      open.put(file, acknowledgementFile);
    } else if (path.equals(directory)) {
      open.put(file, directoryInode);
    } else if (isHere(path)) {
      Inode inode = names.get(name(path));
      if (inode == null) {
        inode = new Inode();
        names.put(name(path), inode);
        change(new Change(Optional.empty(), Optional.of(Map.entry(name(path), inode))));
      }
      if (truncate) {
        inode.unsynced.add(new Operation.Truncate(file, 0));
      }
      open.put(file, inode);
    }
  }

  private void rename(String from, String to) {
    Inode inode = isHere(from) ? names.remove(name(from)) : null;
    if (inode != null) {
      names.put(name(to), inode);
      change(new Change(Optional.of(name(from)), Optional.of(Map.entry(name(to), inode))));
    }
  }

  private void change(Change change) {
    unsyncedChanges.add(change);
  }

  private void endSync(int file) {
    Sync sync = syncs.remove(file);
    Inode inode = open.get(file);
    if (sync == null || inode == null) {
      return;
    }
    int writes = Math.min(sync.writes, inode.unsynced.size());
    inode.synced = content(inode, writes);
    inode.unsynced.subList(0, writes).clear();
    syncs.replaceAll((other, begun) ->
        open.get(other) == inode
            ? new Sync(Math.max(0, begun.writes - writes), begun.directoryChanges)
            : begun);
    if (inode == directoryInode || ordering == Ordering.JOURNAL) {
      syncChanges(Math.min(sync.directoryChanges, unsyncedChanges.size()));
    }
  }

  private void syncChanges(int count) {
    List<Change> durable = unsyncedChanges.subList(0, count);
    durable.forEach(change -> change.applyTo(syncedNames));
    durable.clear();
    syncs.replaceAll(
        (file, begun) -> new Sync(begun.writes, Math.max(0, begun.directoryChanges - count)));
  }

  /** Returns what the process had written to the file of acknowledgements. */
  byte[] acknowledged() {
    return acknowledged.toByteArray();
  }

  /** Returns the names whose creation is not durable yet. */
  List<String> unsyncedNames() {
    return unsyncedChanges.stream()
        .flatMap(change -> change.added().stream())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Cuts the power, and writes what the disk may contain into an empty directory. */
  void cut(Random random, Path target) throws IOException {
    Map<String, Inode> surviving = new TreeMap<>(syncedNames);
    int inOrder = random.nextInt(unsyncedChanges.size() + 1);
    for (int i = 0; i < unsyncedChanges.size(); i++) {
      if (ordering == Ordering.JOURNAL ? i < inOrder : random.nextBoolean()) {
        unsyncedChanges.get(i).applyTo(surviving);
      }
    }
    Map<Inode, byte[]> contents = new HashMap<>();
    for (Map.Entry<String, Inode> file : surviving.entrySet()) {
      byte[] content =
          contents.computeIfAbsent(file.getValue(), inode -> survivingContent(inode, random));
      Files.write(target.resolve(file.getKey()), content);
    }
  }

  private static byte[] survivingContent(Inode inode, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> inode.synced;
      case 1 -> content(inode, inode.unsynced.size());
      default -> mixedContent(inode, random);
    };
  }

  /** Each page has the content of a random moment since the last sync. */
  private static byte[] mixedContent(Inode inode, Random random) {
    List<byte[]> moments = new ArrayList<>();
    moments.add(inode.synced);
    int writes = inode.unsynced.size();
    for (int i = 0; i < 4; i++) {
      moments.add(content(inode, writes == 0 ? 0 : 1 + random.nextInt(writes)));
    }
    moments.add(content(inode, writes));
    int smallest = moments.stream().mapToInt(moment -> moment.length).min().orElse(0);
    int largest = moments.stream().mapToInt(moment -> moment.length).max().orElse(0);
    int size =
        switch (random.nextInt(3)) {
          case 0 -> largest;
          case 1 -> smallest;
          default -> smallest + random.nextInt(largest - smallest + 1);
        };
    byte[] mixed = new byte[size];
    for (int page = 0; page < size; page += PAGE) {
      byte[] first = moments.get(random.nextInt(moments.size()));
      byte[] second = random.nextInt(5) == 0 ? moments.get(random.nextInt(moments.size())) : first;
      for (int sector = page; sector < Math.min(size, page + PAGE); sector += SECTOR) {
        byte[] source = random.nextBoolean() ? first : second;
        int end = Math.min(Math.min(size, sector + SECTOR), source.length);
        if (end > sector) {
          System.arraycopy(source, sector, mixed, sector, end - sector);
        }
      }
    }
    return mixed;
  }

  /** Returns the content after the first unsynced writes. */
  private static byte[] content(Inode inode, int writes) {
    byte[] content = inode.synced;
    int size = content.length;
    for (Operation operation : inode.unsynced.subList(0, writes)) {
      switch (operation) {
        case Operation.Write(int _, long offset, byte[] data) -> {
          int end = (int) offset + data.length;
          if (content == inode.synced || content.length < end) {
            content = Arrays.copyOf(content, Math.max(Math.max(end, size), content.length * 2));
          }
          System.arraycopy(data, 0, content, (int) offset, data.length);
          size = Math.max(size, end);
        }
        case Operation.Truncate(int _, long truncated) -> {
          content = Arrays.copyOf(content, (int) truncated);
          size = (int) truncated;
        }
        default -> throw new IllegalStateException("not a change of a file: " + operation);
      }
    }
    return content.length == size ? content : Arrays.copyOf(content, size);
  }
}
