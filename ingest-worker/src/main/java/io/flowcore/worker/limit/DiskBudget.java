package io.flowcore.worker.limit;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;

/**
 * Rejects requests when the disk has little space left. A store whose disk is full in the middle of
 * a write fails until an administrator frees space. Events are therefore rejected earlier, while
 * compaction, archiving and expiry still have space to work with.
 */
public final class DiskBudget {
  private final DiskSpace space;

  /** Creates the budget of requests on a disk. */
  public DiskBudget(DiskSpace space) {
    this.space = space;
  }

  /**
   * Checks that more space is free than is reserved. Reads the disk at most ten times per second.
   *
   * @throws ApiException {@code overloaded}, with the free and the reserved bytes
   */
  public void require() {
    space
        .obstacle(DiskUse.INGEST, 0)
        .ifPresent(obstacle -> {
          throw new ApiException(ErrorCode.OVERLOADED, obstacle + "; retry later");
        });
  }
}
