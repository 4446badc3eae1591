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
  private volatile Optional<StoreMaintenance> store = Optional.empty();
  private volatile Optional<String> starting = Optional.of("the worker is starting");
  private volatile boolean draining;

  /** Creates the report of a worker that is starting. */
  public Readiness(LiveCatalog catalog) {
    this.catalog = catalog;
  }

  /** Reports what the start of the worker waits for. */
  public void waitingFor(String obstacle) {
    starting = Optional.of(obstacle);
  }

  /** Includes the store, which has been opened. */
  public void opened(StoreMaintenance opened) {
    store = Optional.of(opened);
  }

  /** Reports the worker as started: it accepts requests from now on. */
  public void started() {
    starting = Optional.empty();
  }

  /** Reports the worker as not ready from now on. */
  public void drain() {
    draining = true;
  }

  /** Returns the failure that only a restart of the worker resolves; empty if there is none. */
  public Optional<String> fatal() {
    return store
        .map(StoreMaintenance::health)
        .flatMap(health ->
            health instanceof StoreHealth.Broken broken
                ? Optional.of(broken.reason())
                : Optional.empty());
  }

  private static Optional<String> storeObstacle(StoreMaintenance opened) {
    return switch (opened.health()) {
      case StoreHealth.Healthy healthy -> Optional.empty();
      case StoreHealth.Impaired impaired -> Optional.of(impaired.reason());
      case StoreHealth.Broken broken -> Optional.of(broken.reason());
      // Not an obstacle: queries work, and senders get a response with Retry-After.
      case StoreHealth.DiskFull full -> Optional.empty();
    };
  }

  /** Returns what an administrator should know although the worker receives requests. */
  public List<String> warnings() {
    return store
        .map(StoreMaintenance::health)
        .filter(StoreHealth.DiskFull.class::isInstance)
        .map(health -> List.of(((StoreHealth.DiskFull) health).reason()))
        .orElse(List.of());
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
    starting.ifPresent(obstacles::add);
    store.flatMap(Readiness::storeObstacle).ifPresent(obstacles::add);
    return obstacles;
  }
}
