package io.flowcore.operator.reconcile;

import io.flowcore.operator.gather.Families;
import io.flowcore.operator.observe.Announcer;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the four reconcilers share.
 *
 * @param caches the caches, once they are filled
 */
record Operation(Clock clock, Board board, Announcer announcer, AtomicReference<Families> caches) {

  /** The caches; empty while the operator starts. */
  Optional<Families> families() {
    return Optional.ofNullable(caches.get());
  }
}
