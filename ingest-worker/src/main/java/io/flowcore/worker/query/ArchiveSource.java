package io.flowcore.worker.query;

import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.store.StoreException;

/** Reads the events of one type from its archive. Used by one thread. */
final class ArchiveSource implements RunCursor<StoreException> {
  private final ArchiveCursor cursor;
  private final Runnable onMissing;

  /**
   * Creates a source that reads a cursor.
   *
   * @param onMissing called if an object that the manifest lists does not exist
   */
  ArchiveSource(ArchiveCursor cursor, Runnable onMissing) {
    this.cursor = cursor;
    this.onMissing = onMissing;
  }

  /** Opens the events of an archive. */
  interface Opener {
    ArchiveCursor open() throws ArchiveException;
  }

  /** Creates a source. See {@link #ArchiveSource}. */
  static ArchiveSource open(Opener opener, Runnable onMissing) throws StoreException {
    try {
      return new ArchiveSource(opener.open(), onMissing);
    } catch (ArchiveException e) {
      throw toStoreException(e, onMissing);
    }
  }

  @Override
  public boolean hasNext() {
    return cursor.hasNext();
  }

  /** Before the hot copy, which may be damaged. */
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public EventId headId() {
    return cursor.headId();
  }

  @Override
  public EventRun run(RunLimit limit) {
    return cursor.run(limit);
  }

  @Override
  public EventId skip(int events) throws StoreException {
    try {
      return cursor.skip(events);
    } catch (ArchiveException e) {
      throw toStoreException(e, onMissing);
    }
  }

  /**
   * Converts a failure.
   *
   * @param onMissing called if an object that the manifest lists does not exist
   */
  static StoreException toStoreException(ArchiveException e, Runnable onMissing) {
    if (e.kind() == ArchiveException.Kind.MISSING) {
      onMissing.run();
    }
    return toStoreException(e);
  }

  /**
   * Converts a failure, because clients see one store. A missing object is reported as unavailable:
   * it may be restored from a backup, or another process has compacted it and the next read uses
   * the new manifest.
   */
  static StoreException toStoreException(ArchiveException e) {
    StoreException.Kind kind =
        e.kind() == ArchiveException.Kind.CORRUPT
            ? StoreException.Kind.CORRUPT
            : StoreException.Kind.UNAVAILABLE;
    return new StoreException(kind, e.getMessage(), e);
  }
}
