package io.flowcore.worker.observe;

import io.flowcore.worker.archive.ArchiveObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The metrics of archiving and of reading what is archived. */
final class ArchiveMetrics implements ArchiveObserver {
  private final Counter events;
  private final Counter bytes;
  private final Counter segments;
  private final Counter mergedSegments;
  private final Counter merges;
  private final Counter failures;
  private final Timer frames;
  private volatile long hoursWaiting;
  private volatile long hoursUnknown;
  private volatile long oldestSecond = Long.MAX_VALUE;

  ArchiveMetrics(MeterRegistry registry, Clock clock) {
    events = counter(registry, "flowcore.archive.events", "Events that were archived");
    bytes =
        counter(registry, "flowcore.archive.written.bytes", "Compressed bytes of segments written");
    segments = counter(registry, "flowcore.archive.segments", "Segments written");
    merges = counter(registry, "flowcore.archive.merges", "Merges of small segments");
    mergedSegments =
        counter(
            registry, "flowcore.archive.merged.segments", "Small segments that were merged away");
    failures =
        counter(
            registry,
            "flowcore.archive.failures",
            "Times that an archive could not be written; its events wait in the hot store");
    frames =
        Timer.builder("flowcore.archive.frame.read")
            .description("Time to fetch and decompress one frame of a segment")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofSeconds(60))
            .register(registry);
    Gauge.builder("flowcore.archive.waiting.hours", () -> hoursWaiting)
        .description(
            "Hours that wait to be archived, counted for each event type, the present one too")
        .register(registry);
    Gauge.builder("flowcore.archive.unknown.hours", () -> hoursUnknown)
        .description(
            "Hours of event types that left the catalog; they wait until it has them again")
        .register(registry);
    Gauge.builder("flowcore.archive.lag.seconds", () -> lagSeconds(clock))
        .description(
            "Since the beginning of the oldest hour that waits to be archived; in health up to an"
                + " hour and some minutes, 0 if none waits")
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
    merges.increment();
    mergedSegments.increment(count);
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
  public void pendingArchive(long hours, long oldest, long unknown) {
    hoursUnknown = unknown;
    hoursWaiting = hours;
    oldestSecond = oldest;
  }
}
