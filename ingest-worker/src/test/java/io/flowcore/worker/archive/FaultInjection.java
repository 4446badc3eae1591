package io.flowcore.worker.archive;

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

  public void heal() {
    store.heal();
  }
}
