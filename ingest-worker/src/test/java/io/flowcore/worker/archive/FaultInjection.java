package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveStore;

/** An archive store with faults that a test injects. */
public final class FaultInjection {
  private final FaultyStore store;

  public FaultInjection(ArchiveStore store) {
    this.store = new FaultyStore(store);
  }

  public ArchiveStore store() {
    return store;
  }

  /**
   * Fails at the n-th operation from now on, before or after its effect, and at every later
   * operation.
   */
  public void failAt(int n, boolean afterEffect) {
    store.failAt(n, afterEffect);
  }

  /** From now on, confirms writes that replace objects and does not store them. */
  public void loseReplacements() {
    store.loseReplacements();
  }

  /** From now on, returns objects as they were before they were last replaced. */
  public void returnStaleObjects() {
    store.returnStaleObjects();
  }

  public void recover() {
    store.recover();
  }
}
