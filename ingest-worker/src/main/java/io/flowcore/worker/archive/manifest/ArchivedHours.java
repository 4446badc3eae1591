package io.flowcore.worker.archive.manifest;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
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
public final class ArchivedHours {
  private final ArchiveStore store;
  private final Generations generations;
  private final Map<String, Hours> byType = new ConcurrentHashMap<>();

  private static final class Hours {
    private final NavigableSet<TimeBucket> known = new ConcurrentSkipListSet<>();
    private final ReentrantLock listing = new ReentrantLock();
    private volatile boolean listed;
  }

  public ArchivedHours(ArchiveStore store, Generations generations) {
    this.store = store;
    this.generations = generations;
  }

  private Hours hours(ArchiveKeyLayout type) {
    return byType.computeIfAbsent(type.folder(), folder -> new Hours());
  }

  /** Those from one to another. Whoever asks first lists them, and the others wait for it. */
  public NavigableSet<TimeBucket> of(ArchiveKeyLayout type, TimeBucket from, TimeBucket to)
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

  private void list(ArchiveKeyLayout type, NavigableSet<TimeBucket> hours) throws ArchiveException {
    String folder = type.folder() + "/";
    store.walk(
        type.folder(),
        (key, size) -> {
          if (key.endsWith("/" + ArchiveKeyLayout.MANIFEST)) {
            ArchiveKeyLayout.hour(key.substring(folder.length(), key.lastIndexOf('/')))
                .ifPresent(hours::add);
          }
        });
  }
}
