package io.flowcore.worker.limit;

import io.flowcore.worker.metrics.MetricRegistry;

/**
 * The memory of all requests, in separate shares. Requests of one kind cannot use the memory of
 * another kind.
 *
 * @param bodies bodies of JSON, which are in memory as a whole
 * @param uploads files while they are received
 * @param queries what a query has read and the client has not received yet
 */
public record RequestMemory(FairBudget bodies, FairBudget uploads, FairBudget queries) {

  /** The maximum of each share, in bytes. */
  public record Limits(long bodies, long uploads, long queries) {
    private static final int BODIES_DIVISOR = 4;
    private static final int UPLOADS_DIVISOR = 16;
    private static final int QUERIES_DIVISOR = 8;

    /**
     * Returns the limits for a heap, in bytes. The rest of it is for what is built from requests,
     * parts of files that are being stored, and the cache of archived frames.
     */
    public static Limits ofHeap(long heap) {
      return new Limits(heap / BODIES_DIVISOR, heap / UPLOADS_DIVISOR, heap / QUERIES_DIVISOR);
    }
  }

  /** Creates shares of which nothing is used. */
  public static RequestMemory of(Limits limits) {
    return new RequestMemory(
        new FairBudget("request bodies", "memory", limits.bodies()),
        new FairBudget("uploads", "memory", limits.uploads()),
        new FairBudget("queries", "memory", limits.queries()));
  }

  /** Registers the memory in use by each share. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.http.body.memory.bytes", "Memory in use by request bodies", bodies::used);
    metrics.gauge(
        "flowcore.upload.memory.bytes", "Memory in use by uploads being received", uploads::used);
    metrics.gauge("flowcore.query.memory.bytes", "Memory in use by queries", queries::used);
  }
}
