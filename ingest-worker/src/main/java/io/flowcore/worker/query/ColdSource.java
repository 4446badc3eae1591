package io.flowcore.worker.query;

import io.flowcore.worker.archive.ArchiveException;
import io.flowcore.worker.archive.ColdCursor;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.store.StoreException;

/** Events of the archive. */
final class ColdSource implements EventSource {
  private final ColdCursor cursor;

  ColdSource(ColdCursor cursor) {
    this.cursor = cursor;
  }

  @Override
  public boolean fill() {
    return !cursor.atEnd();
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
      throw failed(e);
    }
  }

  /** To whoever asks it is all one store. */
  static StoreException failed(ArchiveException e) {
    StoreException.Kind kind =
        e.kind() == ArchiveException.Kind.UNAVAILABLE
            ? StoreException.Kind.UNAVAILABLE
            : StoreException.Kind.CORRUPT;
    return new StoreException(kind, e.getMessage(), e);
  }
}
