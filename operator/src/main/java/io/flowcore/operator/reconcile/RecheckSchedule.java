package io.flowcore.operator.reconcile;

import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.status.DataCoreState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides when a running data core is reconciled again. Neither the workers' catalogs nor gateways
 * are watched, so both are polled.
 */
final class RecheckSchedule {
  /** After an object could not be written. */
  static final Duration AFTER_FAILED_APPLY = Duration.ofSeconds(10);

  /** While no gateway has accepted the route. */
  private static final Duration PENDING_ROUTE = Duration.ofSeconds(5);

  /** While everything is as planned. */
  private static final Duration SETTLED = Duration.ofMinutes(1);

  private final Clock clock;
  private final Map<ResourceId, PendingRevision> pendingRevisions = new ConcurrentHashMap<>();

  RecheckSchedule(Clock clock) {
    this.clock = clock;
  }

  /** Forgets a deleted data core. */
  void forget(ResourceId dataCore) {
    pendingRevisions.remove(dataCore);
  }

  /** Returns the delay until the next reconciliation. */
  Duration next(ResourceId dataCore, DataCoreState state) {
    if (!state.applied().problems().isEmpty()) {
      return AFTER_FAILED_APPLY;
    }
    boolean pending = state.report().ready() > 0 && !state.isLoaded();
    if (!pending) {
      pendingRevisions.remove(dataCore);
      return state.route().holds() ? SETTLED : PENDING_ROUTE;
    }
    Instant now = clock.instant();
    PendingRevision revision =
        pendingRevisions.compute(
            dataCore,
            (same, before) ->
                before != null && before.revision().equals(state.revision())
                    ? before
                    : new PendingRevision(state.revision(), now));
    return revision.nextQuery(now);
  }

  /** A revision that not all ready workers have loaded, and since when it is pending. */
  private record PendingRevision(String revision, Instant since) {
    /** Workers load a catalog within two seconds; after 30 s they are queried less often. */
    Duration nextQuery(Instant now) {
      Duration waited = Duration.between(since, now);
      if (waited.compareTo(Duration.ofSeconds(30)) < 0) {
        return Duration.ofMillis(500);
      }
      return waited.compareTo(Duration.ofMinutes(5)) < 0
          ? Duration.ofSeconds(5)
          : Duration.ofSeconds(30);
    }
  }
}
