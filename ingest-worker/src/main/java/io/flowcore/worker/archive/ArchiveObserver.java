package io.flowcore.worker.archive;

/** Receives what happens to archives, for metrics. */
public interface ArchiveObserver {
  /** Ignores everything. */
  ArchiveObserver NONE =
      new ArchiveObserver() {
        @Override
        public void archived(long events, long bytes) {}

        @Override
        public void compacted(int segments, long bytes) {}

        @Override
        public void failed() {}

        @Override
        public void frameRead(long nanos) {}

        @Override
        public void pendingArchive(long hours, long oldestSecond, long orphanedHours) {}

        @Override
        public void failing(long hours, int archives) {}
      };

  /**
   * A segment was committed.
   *
   * @param bytes compressed
   */
  void archived(long events, long bytes);

  /**
   * Segments were replaced by larger ones.
   *
   * @param segments the number of segments that were replaced
   * @param bytes of the new segments, compressed
   */
  void compacted(int segments, long bytes);

  /** Something could not be archived for now. */
  void failed();

  /** A frame was read from a store. */
  void frameRead(long nanos);

  /**
   * What is pending now. Called often, also during a pass.
   *
   * @param hours the number of hours of event types
   * @param oldestSecond the start of the oldest of them, in seconds since 1970; {@link
   *     Long#MAX_VALUE} if nothing is pending
   * @param orphanedHours the number of further hours, of event types that are not in the catalog;
   *     they stay until the event types return
   */
  void pendingArchive(long hours, long oldestSecond, long orphanedHours);

  /**
   * What could not be archived in a pass, at its end.
   *
   * @param hours that failed in this pass or before, and are retried later
   * @param archives that failed for several hours in a row, and were not used for the rest of the
   *     pass
   */
  void failing(long hours, int archives);
}
