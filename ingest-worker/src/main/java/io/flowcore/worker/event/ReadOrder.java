package io.flowcore.worker.event;

/** The direction of a read. */
public enum ReadOrder {
  /** The oldest first. */
  ASCENDING,
  /** The newest first. */
  DESCENDING
}
