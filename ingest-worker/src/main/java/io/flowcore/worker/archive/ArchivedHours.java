package io.flowcore.worker.archive;

import io.flowcore.worker.event.TimeBucket;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The hours of each event type that have a manifest. Listed from the store once; later ones are
 * known from their commits.
 */
final class ArchivedHours {
  private final ArchiveStore store;
  private final Map<String, Hours> byType = new ConcurrentHashMap<>();

  private static final class Hours {
    private final NavigableSet<TimeBucket> known = new ConcurrentSkipListSet<>();
    private final ReentrantLock listing = new ReentrantLock();
    private volatile boolean listed;
  }

  ArchivedHours(ArchiveStore store) {
    this.store = store;
  }

  private Hours hours(ArchivedType type) {
    return byType.computeIfAbsent(type.folder(), folder -> new Hours());
  }

  /** Notes an hour that has a manifest now. */
  void add(ArchivedType type, TimeBucket bucket) {
    hours(type).known.add(bucket);
  }

  /** Those of an event type, sorted. Whoever asks first lists them, and the others wait for it. */
  NavigableSet<TimeBucket> of(ArchivedType type) throws ArchiveException {
    Hours hours = hours(type);
    if (!hours.listed) {
      hours.listing.lock();
      try {
        if (!hours.listed) {
          list(type, hours.known);
          hours.listed = true;
        }
      } finally {
        hours.listing.unlock();
      }
    }
    return hours.known;
  }

  private void list(ArchivedType type, NavigableSet<TimeBucket> hours) throws ArchiveException {
    String folder = type.folder() + "/";
    store.walk(
        type.folder(),
        (key, size) -> {
          if (key.endsWith("/" + ArchivedType.MANIFEST)) {
            ArchivedType.hour(key.substring(folder.length(), key.lastIndexOf('/')))
                .ifPresent(hours::add);
          }
        });
  }
}
