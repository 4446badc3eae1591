package io.flowcore.worker.store;

/** The direction of a read. */
public enum ReadOrder {
  /** The oldest first. */
  ASCENDING,
  /** The newest first. */
  DESCENDING
}
