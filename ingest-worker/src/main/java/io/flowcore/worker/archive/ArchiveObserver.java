package io.flowcore.worker.archive;

/** Is told what becomes of archives. */
public interface ArchiveObserver {
  /** Does not care. */
  ArchiveObserver NONE =
      new ArchiveObserver() {
        @Override
        public void archived(long events, long bytes) {}

        @Override
        public void merged(int segments, long bytes) {}

        @Override
        public void failed() {}

        @Override
        public void frameRead(long nanos) {}

        @Override
        public void backlog(long hours, long oldestSecond, long unknown) {}
      };

  /** A segment with so many events came to count. */
  void archived(long events, long bytes);

  /** So many segments were replaced by larger ones with so many bytes. */
  void merged(int segments, long bytes);

  /** Something could not be archived for now. */
  void failed();

  /** A frame was read from a store in so many nanoseconds. */
  void frameRead(long nanos);

  /**
   * What waits at the end of a pass.
   *
   * @param hours of event types
   * @param oldestSecond begin of the oldest of them, in seconds since 1970; {@link Long#MAX_VALUE}
   *     if there is none
   * @param unknown hours of event types that are not in the catalog; they wait for them to return
   */
  void backlog(long hours, long oldestSecond, long unknown);
}
