package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Append;
import io.flowcore.worker.store.rocksdb.GroupCommitter.EncodedEvent;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;

/**
 * Writes groups only while the disk has space for them, so that RocksDB does not run into a full
 * disk in the middle of a write. Requests pass the disk budget before their body is read; this is
 * the check at the time of the write, and the only one for renewals of the commit clock.
 */
final class DiskGuardedWriter implements GroupCommitter.GroupWriter {
  /** What is written to the log is written again when the memory tables are flushed. */
  private static final int COPIES = 2;

  private final GroupCommitter.GroupWriter writer;
  private final DiskSpace disk;
  private final BackgroundErrors errors;

  DiskGuardedWriter(GroupCommitter.GroupWriter writer, DiskSpace disk, BackgroundErrors errors) {
    this.writer = writer;
    this.disk = disk;
    this.errors = errors;
  }

  @Override
  public List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
      throws RocksDBException {
    Optional<String> obstacle = disk.obstacle(DiskUse.STORE, COPIES * bytes(group));
    if (obstacle.isPresent()) {
      throw new DiskFullException(obstacle.get());
    }
    try {
      List<List<EventId>> ids = writer.write(group, instants);
      errors.writeSucceeded();
      return ids;
    } catch (RocksDBException e) {
      if (!DiskFullException.isCause(e)) {
        throw e;
      }
      errors.diskWasFull(e);
      throw new DiskFullException(BackgroundErrors.DISK_FULL, e);
    }
  }

  private static long bytes(List<Append> group) {
    long bytes = 0;
    for (Append append : group) {
      for (EncodedEvent event : append.events()) {
        bytes += event.value().length + 2 * EventKeyCodec.KEY_LENGTH;
      }
    }
    return bytes;
  }
}
