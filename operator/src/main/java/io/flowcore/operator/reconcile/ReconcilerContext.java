package io.flowcore.operator.reconcile;

import io.flowcore.operator.gather.DataCoreCaches;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.observe.EventRecorder;
import java.time.Clock;
import java.util.Optional;

/** The collaborators that all four reconcilers share. */
record ReconcilerContext(
    Clock clock,
    DataCoreCaches caches,
    MemberStateStore memberStates,
    EventRecorder eventRecorder) {

  /** Returns the gatherer; empty while the operator starts. */
  Optional<DataCoreGatherer> gatherer() {
    return caches.gatherer();
  }
}
