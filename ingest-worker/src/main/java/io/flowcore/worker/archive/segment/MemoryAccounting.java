package io.flowcore.worker.archive.segment;

/** Accounts for the memory that a reader uses. */
public interface MemoryAccounting {
  /** Does not limit memory. */
  MemoryAccounting UNLIMITED =
      new MemoryAccounting() {
        @Override
        public void reserve(long bytes) {}

        @Override
        public void release(long bytes) {}
      };

  /** Reserves memory before it is used. An exception ends the read. */
  void reserve(long bytes);

  /** Releases memory that is no longer used. */
  void release(long bytes);
}
