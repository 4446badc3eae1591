package io.flowcore.worker.archive.segment;

/** Is told of memory that a reader holds. */
public interface MemoryAccounting {
  /** Does not care. */
  MemoryAccounting NONE =
      new MemoryAccounting() {
        @Override
        public void take(long bytes) {}

        @Override
        public void giveBack(long bytes) {}
      };

  /** So many bytes more. What this throws ends the reader. */
  void take(long bytes);

  /** So many bytes less. */
  void giveBack(long bytes);
}
