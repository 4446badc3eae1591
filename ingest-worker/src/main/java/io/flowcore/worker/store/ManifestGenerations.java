package io.flowcore.worker.store;

import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;

/**
 * The highest committed generation of each manifest, stored outside the archive and shared by all
 * workers of a data core. A reader uses it to detect an archive that returns an outdated manifest.
 */
public interface ManifestGenerations {

  /**
   * Returns the highest committed generation of an hour's manifest; 0 if no manifest was committed.
   *
   * @param scope 16 bytes that identify an event type in an archive, evenly distributed, such as a
   *     digest
   * @throws StoreException if the store cannot read
   */
  long generation(byte[] scope, TimeBucket hour) throws StoreException;

  /**
   * Records a committed generation, unless a higher one is recorded. The record is durable, and
   * visible to every worker, no later than the next {@link PendingEvents#markArchived}.
   *
   * @throws StoreException if the store cannot write
   */
  void raiseGeneration(byte[] scope, TimeBucket hour, long generation) throws StoreException;

  /**
   * Returns the first hours of a range in an order that have a generation in a scope.
   *
   * @param from the lowest hour, inclusive
   * @param to the highest hour, inclusive
   * @param limit the maximum number of hours
   * @throws StoreException if the store cannot read
   */
  List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException;
}
