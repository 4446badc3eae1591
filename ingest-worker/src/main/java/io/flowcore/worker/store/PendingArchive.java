package io.flowcore.worker.store;

import java.util.Optional;

/** Events that must be archived before they may be removed. */
public interface PendingArchive {

  /**
   * Visits the hours, of all event types, that contain events pending archive. An hour may be
   * visited twice.
   *
   * @throws StoreException if the store cannot read
   */
  void pendingHours(HourVisitor visitor) throws StoreException;

  /** Receives hours one at a time. */
  interface HourVisitor {
    /** Receives the next hour. */
    void visit(PendingHour hour);
  }

  /**
   * Claims the pending events of an hour for this worker.
   *
   * @return empty if another worker holds the claim
   * @throws StoreException if the store cannot read or write the claim
   */
  Optional<PendingEvents> claim(PendingHour hour) throws StoreException;
}
