package io.flowcore.worker.catalog;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogFormatException;
import io.flowcore.worker.catalog.CatalogSource.Loaded;
import io.flowcore.worker.metrics.MetricRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog in force. Looks for changes regularly and replaces the snapshot as a whole; a source
 * that can't be read leaves the last good snapshot where it is.
 */
public final class LiveCatalog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCatalog.class);

  private static final Duration LONGEST_UNREST = Duration.ofSeconds(5);

  private static final Object NOTHING_READ = new Object();

  private final CatalogSource source;
  private final Clock clock;
  private final ScheduledExecutorService poller;
  private Object lastSeen = NOTHING_READ;
  private Instant lastSettled;
  private Object lastRead = NOTHING_READ;
  private volatile CatalogIndex inForce = new CatalogIndex(Catalog.empty());
  private volatile Status status;

  /**
   * What an operator of the worker wants to know of the catalog.
   *
   * @param loaded whether any catalog has been loaded yet
   * @param loadedAt when the catalog in force was loaded
   * @param refusals what was refused of the newest state of the source, and why
   */
  public record Status(boolean loaded, Instant loadedAt, List<String> refusals) {}

  /** Loads once. Later changes are seen after {@link #watch}. */
  public LiveCatalog(CatalogSource source, Clock clock) {
    this.source = source;
    this.clock = clock;
    lastSettled = clock.instant();
    status = new Status(false, lastSettled, List.of());
    poller =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("catalog").daemon().factory());
    refresh();
  }

  /** Registers the number of event types and rejections, and when the next key expires. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.catalog.rejections",
        "Resources and files that were rejected",
        () -> status.refusals().size());
    metrics.gauge(
        "flowcore.catalog.event.types",
        "Event types that are loaded",
        () -> current().catalog().eventTypeCount());
    metrics.gauge(
        "flowcore.key.expiration.timestamp.seconds",
        "When the next active key expires, in seconds since 1970; NaN if no key expires",
        this::nextExpirationSecond);
  }

  private double nextExpirationSecond() {
    Instant now = clock.instant();
    return current().catalog().keys().stream()
        .filter(key -> !key.suspended())
        .flatMap(key -> key.expiresAt().stream())
        .filter(now::isBefore)
        .mapToDouble(Instant::getEpochSecond)
        .min()
        .orElse(Double.NaN);
  }

  /** Looks for changes in this interval from now on. */
  public void watch(Duration interval) {
    var _ =
        poller.scheduleWithFixedDelay(
            this::refresh, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The snapshot in force. Take it once per request, so that the request sees one state. */
  public CatalogIndex current() {
    return inForce;
  }

  /** See {@link Status}. */
  public Status status() {
    return status;
  }

  /**
   * Reads the source if it has changed, and has not changed since the look before: a file that is
   * being written is read when it is whole. One that never settles is read all the same, or else a
   * revoked key would stay good as long as somebody writes.
   */
  public synchronized void refresh() {
    try {
      Object fingerprint = source.fingerprint();
      boolean settled = fingerprint.equals(lastSeen) || !status.loaded();
      lastSeen = fingerprint;
      Instant now = clock.instant();
      boolean overdue = Duration.between(lastSettled, now).compareTo(LONGEST_UNREST) > 0;
      if (settled || overdue) {
        lastSettled = now;
      }
      if ((settled || overdue) && !fingerprint.equals(lastRead)) {
        Loaded loaded = source.load();
        replace(loaded);
        lastRead = loaded.complete() ? fingerprint : NOTHING_READ;
      }
    } catch (IOException | CatalogFormatException | RuntimeException | Error e) {
      // An error too: thrown on, it would end the looking for good, and nobody would know.
      lastRead = NOTHING_READ;
      keep(e);
    }
  }

  private void replace(Loaded loaded) {
    Catalog before = inForce.catalog();
    boolean first = !status.loaded();
    if (first || !loaded.catalog().revision().equals(before.revision())) {
      inForce = new CatalogIndex(loaded.catalog());
      LOG.info(
          "Catalog {} is in force: {} data cores, {} event types, {} keys",
          loaded.catalog().revision(),
          loaded.catalog().dataCores().size(),
          loaded.catalog().eventTypeCount(),
          loaded.catalog().keys().size());
    }
    if (!loaded.refusals().equals(status.refusals())) {
      loaded.refusals().forEach(refusal -> LOG.warn("Refused: {}", refusal));
    }
    status = new Status(true, clock.instant(), loaded.refusals());
  }

  private void keep(Throwable e) {
    String refusal =
        e instanceof CatalogFormatException ? e.getMessage() : "the catalog can't be read: " + e;
    List<String> refusals = List.of(refusal);
    if (!refusals.equals(status.refusals())) {
      LOG.warn("The catalog stays as it is: {}", refusal);
      status = new Status(status.loaded(), status.loadedAt(), refusals);
    }
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
