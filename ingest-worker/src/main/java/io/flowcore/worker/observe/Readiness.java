package io.flowcore.worker.observe;

import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.StoreMaintenance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reports whether this worker should receive requests, and whether it must be restarted. */
public final class Readiness {
  private final LiveCatalog catalog;
  private final StoreMaintenance store;
  private volatile boolean draining;

  /** Creates a report on a catalog and a store. */
  public Readiness(LiveCatalog catalog, StoreMaintenance store) {
    this.catalog = catalog;
    this.store = store;
  }

  /** Reports the worker as not ready from now on. */
  public void drain() {
    draining = true;
  }

  /** Returns the failure that only a restart of the worker resolves; empty if there is none. */
  public Optional<String> fatal() {
    return store.health() instanceof StoreHealth.Broken broken
        ? Optional.of(broken.reason())
        : Optional.empty();
  }

  private Optional<String> storeObstacle() {
    return switch (store.health()) {
      case StoreHealth.Healthy healthy -> Optional.empty();
      case StoreHealth.Impaired impaired -> Optional.of(impaired.reason());
      case StoreHealth.Broken broken -> Optional.of(broken.reason());
      // Not an obstacle: queries work, and senders get a response with Retry-After.
      case StoreHealth.DiskFull full -> Optional.empty();
    };
  }

  /** Returns what an administrator should know although the worker receives requests. */
  public List<String> warnings() {
    return store.health() instanceof StoreHealth.DiskFull full ? List.of(full.reason()) : List.of();
  }

  /** Returns why the worker is not ready; empty if it is ready. */
  public List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    if (draining) {
      obstacles.add("the worker is shutting down");
    }
    if (!catalog.status().loaded()) {
      obstacles.add("no catalog has been loaded yet");
    }
    storeObstacle().ifPresent(obstacles::add);
    return obstacles;
  }
}
