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
 * The active catalog. Polls its source for changes and replaces the snapshot as a whole. If the
 * source cannot be read, the last known good snapshot stays active.
 */
public final class LiveCatalog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCatalog.class);

  /** A source that keeps changing is read after this time, although it might be half-written. */
  private static final Duration MAX_SETTLE_TIME = Duration.ofSeconds(5);

  private static final Object NOTHING_READ = new Object();

  private final CatalogSource source;
  private final Clock clock;
  private final ScheduledExecutorService poller;
  private Object lastFingerprint = NOTHING_READ;
  private Instant lastSettled;
  private Object lastRead = NOTHING_READ;
  private volatile CatalogIndex active = new CatalogIndex(Catalog.empty());
  private volatile Status status;

  /**
   * The state of the catalog, for metrics and {@code /observe/catalog}.
   *
   * @param loaded whether a catalog has been loaded
   * @param loadedAt time of the last successful load; before that, of the start
   * @param rejections messages about the resources and files that were rejected in the last load
   */
  public record Status(boolean loaded, Instant loadedAt, List<String> rejections) {}

  /** Loads the catalog once. Call {@link #watch} to load later changes. */
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
        () -> status.rejections().size());
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

  /** Starts to look for changes at an interval. */
  public void watch(Duration interval) {
    var _ =
        poller.scheduleWithFixedDelay(
            this::refresh, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the active snapshot. Call it once per request, so that the request sees one state. */
  public CatalogIndex current() {
    return active;
  }

  /** Returns the state of the catalog. */
  public Status status() {
    return status;
  }

  /**
   * Reads the source if it has changed, and has not changed again since the previous poll. So a
   * file that is being written is read when it is complete. A source that keeps changing is read
   * after five seconds; otherwise frequent writes would keep a revoked key valid.
   */
  public synchronized void refresh() {
    try {
      Object fingerprint = source.fingerprint();
      boolean settled = fingerprint.equals(lastFingerprint) || !status.loaded();
      lastFingerprint = fingerprint;
      Instant now = clock.instant();
      boolean overdue = Duration.between(lastSettled, now).compareTo(MAX_SETTLE_TIME) > 0;
      if (settled || overdue) {
        lastSettled = now;
      }
      if ((settled || overdue) && !fingerprint.equals(lastRead)) {
        Loaded loaded = source.load();
        replace(loaded);
        lastRead = loaded.complete() ? fingerprint : NOTHING_READ;
      }
    } catch (IOException | CatalogFormatException | RuntimeException | Error e) {
      // Errors too: if thrown, they would silently cancel the scheduled polling.
      lastRead = NOTHING_READ;
      keep(e);
    }
  }

  private void replace(Loaded loaded) {
    Catalog before = active.catalog();
    boolean first = !status.loaded();
    if (first || !loaded.catalog().revision().equals(before.revision())) {
      active = new CatalogIndex(loaded.catalog());
      LOG.info(
          "Loaded catalog {}: {} data cores, {} event types, {} keys",
          loaded.catalog().revision(),
          loaded.catalog().dataCores().size(),
          loaded.catalog().eventTypeCount(),
          loaded.catalog().keys().size());
    }
    if (!loaded.rejections().equals(status.rejections())) {
      loaded.rejections().forEach(rejection -> LOG.warn("Rejected: {}", rejection));
    }
    status = new Status(true, clock.instant(), loaded.rejections());
  }

  private void keep(Throwable e) {
    String rejection =
        e instanceof CatalogFormatException ? e.getMessage() : "the catalog cannot be read: " + e;
    List<String> rejections = List.of(rejection);
    if (!rejections.equals(status.rejections())) {
      LOG.warn(
          status.loaded()
              ? "Could not reload the catalog; the last known good catalog stays active: {}"
              : "Waiting for a catalog; the worker is not ready until one can be read: {}",
          rejection);
      status = new Status(status.loaded(), status.loadedAt(), rejections);
    }
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
