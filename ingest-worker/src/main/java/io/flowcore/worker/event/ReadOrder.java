package io.flowcore.worker.event;

import java.util.Comparator;

/** The order in which events or hours are read. */
public enum ReadOrder {
  /** Oldest first. */
  ASCENDING,
  /** Newest first. */
  DESCENDING;

  /** Returns whether the oldest comes first. */
  public boolean isAscending() {
    return this == ASCENDING;
  }

  /** Returns a comparator that puts first what is read first. */
  public <T extends Comparable<T>> Comparator<T> comparator() {
    return isAscending() ? Comparator.naturalOrder() : Comparator.reverseOrder();
  }
}
