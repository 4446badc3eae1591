package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;

/**
 * Inspects an embedded store that does not open, and recovers what can be read of it into a new
 * one. The damaged files are kept.
 */
public final class StoreRecovery implements AutoCloseable {
  private final Path directory;
  private final StoreLock lock;

  private StoreRecovery(Path directory, StoreLock lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Locks the store in a directory.
   *
   * @throws StoreException with a message for the administrator, also if a worker uses the store
   */
  public static StoreRecovery of(Path directory) throws StoreException {
    RocksDB.loadLibrary();
    return new StoreRecovery(directory, StoreLock.take(directory));
  }

  /**
   * The state of a store.
   *
   * @param opens whether a worker opens it
   * @param damage what is damaged, a line each
   * @param lost the acknowledged events that are known to be missing, a line each
   */
  public record Report(boolean opens, List<String> damage, List<String> lost) {}

  /**
   * Reads the whole store, and changes nothing.
   *
   * @throws StoreException if the directory cannot be read
   */
  public Report inspect() throws StoreException {
    List<String> damage = new ArrayList<>();
    CommitRecord recovered = CommitRecord.NONE;
    try {
      WalInspection logs = WalInspection.of(directory);
      logs.findings().forEach(finding -> damage.add(finding.toString()));
      boolean filesAreIntact = true;
      try {
        recovered = readTables();
      } catch (RocksDBException e) {
        damage.add(e.getMessage());
        filesAreIntact = false;
      }
      List<String> lost =
          (filesAreIntact ? WalRecovery.missing(logs, recovered) : logs.missing())
              .stream().map(Object::toString).toList();
      boolean opens = filesAreIntact && WalRecovery.problem(logs, recovered).isEmpty();
      return new Report(opens, damage, lost);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Reads every table file, and returns the last group as RocksDB recovers it. */
  private CommitRecord readTables() throws RocksDBException {
    try (Database database = Database.open(directory, true)) {
      database.db.verifyChecksum();
      return EventGroupWriter.lastCommit(database.db, database.meta());
    }
  }

  /**
   * The result of a recovery.
   *
   * @param events that the new store contains
   * @param unreadable why not all of its events can be read, if so
   * @param damaged the directory with the damaged files
   */
  public record Recovered(long events, Optional<String> unreadable, Path damaged) {}

  /**
   * Replaces the store by one with everything that can be read. Every intact write of the logs is
   * applied, including those behind damage.
   *
   * @throws StoreException if the store cannot be recovered; it is unchanged then
   */
  public Recovered recover(Clock clock) throws StoreException {
    try {
      SalvagedCopy copy = SalvagedCopy.create(directory);
      try (Database database = Database.open(copy.directory(), false)) {
        copy.replay(database.db, database.handles);
      }
      Recovered recovered = finish(copy, clock);
      copy.replaceOriginal();
      return recovered;
    } catch (RocksDBException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the hot store in "
              + directory
              + " cannot be recovered, and is unchanged: "
              + e.getMessage()
              + ". Restore the volume from a snapshot, or move the directory away to start with an"
              + " empty store; archived events stay available",
          e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Opens the copy as a worker does, and reads it. */
  private static Recovered finish(SalvagedCopy copy, Clock clock)
      throws StoreException, RocksDBException {
    try (RocksFiles files = RocksFiles.open(copy.directory(), Optional.empty());
        EventGroupWriter writer = new EventGroupWriter(files, new IdempotencyRecords(files))) {
      // The last reservation may be lost; no event may get an instant that a reader has passed.
      long now = EventTime.toTicks(clock.instant());
      writer.writeReservation(
          Math.max(EventGroupWriter.reservation(files), now + CommitClock.RESERVED_TICKS));
      long events = 0;
      Optional<String> unreadable = Optional.empty();
      try (RocksIterator iterator = files.db().newIterator(files.events())) {
        for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
          events++;
        }
        iterator.status();
      } catch (RocksDBException e) {
        unreadable = Optional.of(e.getMessage());
      }
      return new Recovered(events, unreadable, copy.keptAs(clock));
    }
  }

  private StoreException unreadable(IOException e) {
    return new StoreException(
        Kind.UNAVAILABLE, "the hot store in " + directory + " cannot be read: " + e, e);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  /**
   * A database with all of its column families. If it is writable, without the logs that its
   * MANIFEST lists.
   */
  private record Database(DBOptions options, RocksDB db, List<ColumnFamilyHandle> handles)
      implements AutoCloseable {
    static Database open(Path directory, boolean readOnly) throws RocksDBException {
      String path = directory.toString();
      List<byte[]> names;
      try (Options options = new Options()) {
        names = RocksDB.listColumnFamilies(options, path);
      }
      if (names.isEmpty()) {
        throw new RocksDBException(
            "the list of its files, in CURRENT and MANIFEST, cannot be read");
      }
      List<ColumnFamilyDescriptor> descriptors =
          names.stream().map(ColumnFamilyDescriptor::new).toList();
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      DBOptions options = readOnly ? RocksFiles.withTrackedLogs() : new DBOptions();
      options.setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery);
      boolean opened = false;
      try {
        RocksDB db =
            readOnly
                ? RocksDB.openReadOnly(options, path, descriptors, handles)
                : RocksDB.open(options, path, descriptors, handles);
        opened = true;
        return new Database(options, db, handles);
      } finally {
        if (!opened) {
          options.close();
        }
      }
    }

    ColumnFamilyHandle meta() {
      return handles.getFirst();
    }

    @Override
    public void close() {
      handles.forEach(ColumnFamilyHandle::close);
      db.close();
      options.close();
    }
  }
}
