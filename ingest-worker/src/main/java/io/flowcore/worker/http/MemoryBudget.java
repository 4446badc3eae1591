package io.flowcore.worker.http;

import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the bodies of all requests together may take in memory. The sender of one more is asked to
 * come back.
 */
public final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** A budget in bytes. */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Bytes in use. */
  public long used() {
    return used.get();
  }

  /** A request's share, given back when it is closed. */
  Lease lease() {
    return new Lease();
  }

  /** Used by one thread. */
  final class Lease implements AutoCloseable {
    private long held;

    /** Takes more, or refuses the request with {@code overloaded}. */
    void take(long bytes) {
      if (used.addAndGet(bytes) > limit) {
        used.addAndGet(-bytes);
        throw new RequestRefused(
            ErrorCode.overloaded,
            "request bodies in progress take all of the " + limit + " bytes set aside for them");
      }
      held += bytes;
    }

    @Override
    public void close() {
      used.addAndGet(-held);
      held = 0;
    }
  }
}
