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
 * The hours of each event type that have a manifest. They are listed from the store once. Later
 * hours, of any worker, are known from the generations of their manifests. Safe for use by many
 * threads.
 */
public final class ArchivedHours {
  private final ArchiveStore store;
  private final CommittedGenerations generations;
  private final Map<String, Hours> byType = new ConcurrentHashMap<>();

  private static final class Hours {
    private final NavigableSet<TimeBucket> known = new ConcurrentSkipListSet<>();
    private final ReentrantLock listing = new ReentrantLock();
    private volatile boolean listed;
  }

  public ArchivedHours(ArchiveStore store, CommittedGenerations generations) {
    this.store = store;
    this.generations = generations;
  }

  private Hours hours(ArchiveKeyLayout type) {
    return byType.computeIfAbsent(type.typePrefix(), prefix -> new Hours());
  }

  /**
   * Returns the hours from one to another, both inclusive. The first caller lists them, and other
   * callers wait for it.
   *
   * @throws ArchiveException if the store cannot be listed
   */
  public NavigableSet<TimeBucket> between(ArchiveKeyLayout type, TimeBucket from, TimeBucket to)
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
    String prefix = type.typePrefix() + "/";
    store.walk(
        type.typePrefix(),
        (key, size) -> {
          if (key.endsWith("/" + ArchiveKeyLayout.MANIFEST)) {
            ArchiveKeyLayout.parseHour(key.substring(prefix.length(), key.lastIndexOf('/')))
                .ifPresent(hours::add);
          }
        });
  }
}
