package io.flowcore.worker.limit;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.metrics.MetricRegistry;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory that all requests of one kind use together. A request that would exceed the
 * limit is rejected, and its client is asked to retry.
 */
public final class MemoryBudget {
  private final String consumers;
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * Creates a budget.
   *
   * @param consumers what uses the memory, in the plural, for error messages, such as {@code
   *     queries}
   * @param limit in bytes
   */
  public MemoryBudget(String consumers, long limit) {
    this.consumers = consumers;
    this.limit = limit;
  }

  /**
   * Registers the memory in use.
   *
   * @param gauge name of the metric
   */
  public void registerMetrics(MetricRegistry metrics, String gauge) {
    metrics.gauge(gauge, "Memory in use by " + consumers, this::used);
  }

  /** Returns the bytes in use. */
  public long used() {
    return used.get();
  }

  /** Starts the share of one request. Closing the lease returns all of it. */
  public Lease lease() {
    return new Lease();
  }

  /** The share of one request. Used by one thread. */
  public final class Lease implements AutoCloseable {
    private long leased;

    private Lease() {}

    /**
     * Reserves more memory.
     *
     * @throws ApiException {@code overloaded} if the limit would be exceeded; then nothing is
     *     reserved
     */
    public void take(long bytes) {
      if (used.addAndGet(bytes) > limit) {
        used.addAndGet(-bytes);
        throw new ApiException(
            ErrorCode.OVERLOADED,
            consumers
                + " in progress use all of the "
                + limit
                + " bytes reserved for them; retry later");
      }
      leased += bytes;
    }

    /** Returns a part of the memory. */
    public void giveBack(long bytes) {
      used.addAndGet(-bytes);
      leased -= bytes;
    }

    @Override
    public void close() {
      giveBack(leased);
    }
  }
}
