package io.flowcore.worker.archive;

/** Is told of memory that a reader holds. */
public interface Holding {
  /** Does not care. */
  Holding NONE =
      new Holding() {
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
