package io.flowcore.worker.query;

import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.store.StoreException;

/** Events of the archive. */
final class ArchiveSource implements EventSource {
  private final ArchiveCursor cursor;
  private final Runnable missing;

  /**
   * Reads a cursor.
   *
   * @param missing told when an object is not there that should be
   */
  ArchiveSource(ArchiveCursor cursor, Runnable missing) {
    this.cursor = cursor;
    this.missing = missing;
  }

  @Override
  public boolean fill() {
    return !cursor.atEnd();
  }

  /** First, since the hot copy may be damaged. */
  @Override
  public int rank() {
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
  public void leave(int events) throws StoreException {
    try {
      cursor.leave(events);
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.MISSING) {
        missing.run();
      }
      throw failed(e);
    }
  }

  /**
   * To whoever asks it is all one store. What is missing may come back: from a backup, or because
   * another process has merged it and the manifest is read anew.
   */
  static StoreException failed(ArchiveException e) {
    StoreException.Kind kind =
        e.kind() == ArchiveException.Kind.CORRUPT
            ? StoreException.Kind.CORRUPT
            : StoreException.Kind.UNAVAILABLE;
    return new StoreException(kind, e.getMessage(), e);
  }
}
