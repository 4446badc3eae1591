package io.flowcore.operator.reconcile;

import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.observe.EventRecorder;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the four reconcilers share.
 *
 * @param caches the caches, once they are filled
 */
public record ReconcilerContext(
    Clock clock,
    MemberStateStore board,
    EventRecorder announcer,
    AtomicReference<DataCoreGatherer> caches) {

  /** The caches; empty while the operator starts. */
  public Optional<DataCoreGatherer> families() {
    return Optional.ofNullable(caches.get());
  }
}
