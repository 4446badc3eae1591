package io.flowcore.worker.query;

import io.flowcore.worker.archive.ArchiveObserver;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the work of archivers. */
final class CountingObserver implements ArchiveObserver {
  private final AtomicLong archived = new AtomicLong();
  private final AtomicLong compactions = new AtomicLong();

  /** Returns the number of events archived so far; some are counted twice. */
  long archived() {
    return archived.get();
  }

  /** Returns the number of compactions so far. */
  long compactions() {
    return compactions.get();
  }

  @Override
  public void archived(long events, long bytes) {
    archived.addAndGet(events);
  }

  @Override
  public void compacted(int segments, long bytes) {
    compactions.incrementAndGet();
  }

  @Override
  public void failed() {}

  @Override
  public void frameRead(long nanos) {}

  @Override
  public void pendingArchive(long hours, long oldestSecond, long orphanedHours) {}

  @Override
  public void failing(long hours, int archives) {}
}
