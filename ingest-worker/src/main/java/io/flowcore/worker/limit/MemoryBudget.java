package io.flowcore.worker.limit;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What requests of one sort may take in memory, all together. The sender of one more is asked to
 * come back.
 */
public final class MemoryBudget {
  private final String holders;
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * A budget.
   *
   * @param holders what takes memory from it, in the plural, for the refusal's message
   * @param limit in bytes
   */
  public MemoryBudget(String holders, long limit) {
    this.holders = holders;
    this.limit = limit;
  }

  /** Bytes in use. */
  public long used() {
    return used.get();
  }

  /** A request's share, given back when it is closed. */
  public Lease lease() {
    return new Lease();
  }

  /** Used by one thread. */
  public final class Lease implements AutoCloseable {
    private long held;

    private Lease() {}

    /** Takes more, or refuses the request with {@code overloaded}. */
    public void take(long bytes) {
      if (used.addAndGet(bytes) > limit) {
        used.addAndGet(-bytes);
        throw new ApiException(
            ErrorCode.OVERLOADED,
            holders + " in progress take all of the " + limit + " bytes set aside for them");
      }
      held += bytes;
    }

    /** Gives some of it back. */
    public void giveBack(long bytes) {
      used.addAndGet(-bytes);
      held -= bytes;
    }

    @Override
    public void close() {
      giveBack(held);
    }
  }
}
