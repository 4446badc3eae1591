package io.flowcore.worker.archive;

import io.flowcore.worker.event.TimeBucket;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The hours of each event type that have a manifest. Listed from the store once; later ones, of
 * whatever worker, are known from the generations of their manifests.
 */
final class ArchivedHours {
  private final ArchiveStore store;
  private final Generations generations;
  private final Map<String, Hours> byType = new ConcurrentHashMap<>();

  private static final class Hours {
    private final NavigableSet<TimeBucket> known = new ConcurrentSkipListSet<>();
    private final ReentrantLock listing = new ReentrantLock();
    private volatile boolean listed;
  }

  ArchivedHours(ArchiveStore store, Generations generations) {
    this.store = store;
    this.generations = generations;
  }

  private Hours hours(ArchivedType type) {
    return byType.computeIfAbsent(type.folder(), folder -> new Hours());
  }

  /** Those from one to another. Whoever asks first lists them, and the others wait for it. */
  NavigableSet<TimeBucket> of(ArchivedType type, TimeBucket from, TimeBucket to)
      throws ArchiveException {
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
    hours.known.addAll(generations.hours(type, from, to));
    return hours.known.subSet(from, true, to, true);
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
