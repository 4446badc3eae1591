package io.flowcore.worker.observe;

import io.flowcore.worker.archive.ArchiveObserver;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.metrics.MetricRegistry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The worker's metrics in the format of Prometheus. Every counter is registered at the start, so
 * that an alert sees its first increase and the hot path looks nothing up. Components register the
 * metrics of their own data through {@link MetricRegistry}.
 */
public final class WorkerMetrics implements MetricRegistry, AutoCloseable {
  private static final String BYTES = "bytes";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gcMetrics = new JvmGcMetrics();
  private final Counter events;
  private final Counter requests;
  private final Counter bytes;
  private final Counter expired;
  private final ArchiveMetrics archive = new ArchiveMetrics(registry, Clock.systemUTC());
  private final Map<ErrorCode, Counter> rejections = new EnumMap<>(ErrorCode.class);

  /** What counters of components read. */
  private final Queue<LongSupplier> counted = new ConcurrentLinkedQueue<>();

  private final Timer commits;
  private final DistributionSummary groups;

  /** Registers the counters, the timers and the metrics of the JVM. */
  public WorkerMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gcMetrics.bindTo(registry);
    events = counter("flowcore.ingest.events", "Events that were made durable and acknowledged");
    requests = counter("flowcore.ingest.requests", "Requests with events that were acknowledged");
    expired = counter("flowcore.store.expired.events", "Events whose TTL has passed");
    bytes =
        Counter.builder("flowcore.ingest")
            .baseUnit(BYTES)
            .description("Decompressed bytes of acknowledged requests")
            .register(registry);
    for (ErrorCode code : ErrorCode.values()) {
      rejections.put(
          code,
          Counter.builder("flowcore.http.rejected.requests")
              .description("Requests with an error response, by error code")
              .tag("code", code.wireName())
              .register(registry));
    }
    commits =
        Timer.builder("flowcore.store.commit")
            .description("Time from the start of a group commit until it is durable")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(100_000))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
    groups =
        DistributionSummary.builder("flowcore.store.commit.events")
            .description("Events that became durable together")
            .register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  @Override
  public void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).strongReference(true).register(registry);
  }

  @Override
  public void counter(String name, String description, LongSupplier total) {
    // The registry refers to it weakly: without another reference the counter stops at some value.
    counted.add(total);
    FunctionCounter.builder(name, total, LongSupplier::getAsLong)
        .description(description)
        .register(registry);
  }

  /** Counts a request whose events were acknowledged. */
  public void accepted(int count, long bodyBytes) {
    events.increment(count);
    requests.increment();
    bytes.increment((double) bodyBytes);
  }

  /** Counts a request with an error response. */
  public void rejected(ErrorCode code) {
    rejections.get(code).increment();
  }

  /** Counts events whose TTL has passed. */
  public void expired(int count) {
    expired.increment(count);
  }

  /** Returns the metrics of the archive. */
  public ArchiveObserver archive() {
    return archive;
  }

  /** Returns how many events have been acknowledged since the start. */
  public long ingested() {
    return (long) events.count();
  }

  /** Records a group commit that became durable. */
  public void committed(int count, long nanos) {
    commits.record(nanos, TimeUnit.NANOSECONDS);
    groups.record(count);
  }

  /** Returns all metrics in the text format of Prometheus. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    gcMetrics.close();
    registry.close();
  }
}
