package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveStore;

/** An archive store that fails when it is told to. */
public final class FaultInjection {
  private final FaultyStore store;

  public FaultInjection(ArchiveStore store) {
    this.store = new FaultyStore(store);
  }

  public ArchiveStore store() {
    return store;
  }

  /**
   * Fails at the n-th operation from now on, before or after its effect, and at every later one.
   */
  public void failAt(int n, boolean afterEffect) {
    store.failAt(n, afterEffect);
  }

  /** Says from now on that it replaces objects, and does not. */
  public void lose() {
    store.lose();
  }

  /** Answers from now on with what objects were before they were last replaced. */
  public void beStale() {
    store.beStale();
  }

  public void heal() {
    store.heal();
  }
}
