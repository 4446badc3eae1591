package io.flowcore.worker.observe;

import io.flowcore.worker.archive.ArchiveObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The metrics of writing to archives and reading from them. */
final class ArchiveMetrics implements ArchiveObserver {
  private final Counter events;
  private final Counter bytes;
  private final Counter segments;
  private final Counter compactedSegments;
  private final Counter compactions;
  private final Counter failures;
  private final Timer frames;
  private volatile long pendingHours;
  private volatile long orphanedHours;
  private volatile long oldestSecond = Long.MAX_VALUE;
  private volatile long failingHours;
  private volatile int stoppedArchives;

  ArchiveMetrics(MeterRegistry registry, Clock clock) {
    events = counter(registry, "flowcore.archive.events", "Events that were archived");
    bytes =
        counter(registry, "flowcore.archive.written.bytes", "Compressed bytes of segments written");
    segments = counter(registry, "flowcore.archive.segments", "Segments written");
    compactions =
        counter(registry, "flowcore.archive.compactions", "Compactions of small segments");
    compactedSegments =
        counter(
            registry,
            "flowcore.archive.compacted.segments",
            "Small segments that compactions replaced");
    failures =
        counter(
            registry,
            "flowcore.archive.failures",
            "Failed writes to an archive; the events stay in the hot store");
    frames =
        Timer.builder("flowcore.archive.frame.read")
            .description("Time to fetch and decompress one frame of a segment")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofSeconds(60))
            .register(registry);
    registerPending(registry, clock);
  }

  private void registerPending(MeterRegistry registry, Clock clock) {
    Gauge.builder("flowcore.archive.pending.hours", () -> pendingHours)
        .description("Hours that are pending archive, per event type, including the current hour")
        .register(registry);
    Gauge.builder("flowcore.archive.orphaned.hours", () -> orphanedHours)
        .description(
            "Hours of event types that are not in the catalog; pending until the type is declared"
                + " again")
        .register(registry);
    Gauge.builder("flowcore.archive.failing.hours", () -> failingHours)
        .description("Hours whose last attempt to be archived failed; they are retried with delays")
        .register(registry);
    Gauge.builder("flowcore.archive.stopped", () -> stoppedArchives)
        .description(
            "1 if the archive failed for several hours in a row in the last pass, and the pass gave"
                + " up: it is unreachable, or rejects everything")
        .register(registry);
    Gauge.builder("flowcore.archive.lag.seconds", () -> lagSeconds(clock))
        .description(
            "Time since the start of the oldest hour that is pending archive; 0 if nothing is"
                + " pending, normally a little over one hour")
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private long lagSeconds(Clock clock) {
    long oldest = oldestSecond;
    return oldest == Long.MAX_VALUE ? 0 : Math.max(0, clock.instant().getEpochSecond() - oldest);
  }

  @Override
  public void archived(long count, long size) {
    events.increment((double) count);
    bytes.increment((double) size);
    segments.increment();
  }

  @Override
  public void compacted(int count, long size) {
    compactions.increment();
    compactedSegments.increment(count);
    bytes.increment((double) size);
  }

  @Override
  public void failed() {
    failures.increment();
  }

  @Override
  public void frameRead(long nanos) {
    frames.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void pendingArchive(long hours, long oldest, long orphaned) {
    orphanedHours = orphaned;
    pendingHours = hours;
    oldestSecond = oldest;
  }

  @Override
  public void failing(long hours, int archives) {
    failingHours = hours;
    stoppedArchives = archives;
  }
}
