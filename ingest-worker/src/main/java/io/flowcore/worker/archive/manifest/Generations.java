package io.flowcore.worker.archive.manifest;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The generation of each manifest that is known to be committed, remembered outside of the archive,
 * by all workers of a data core together. A store that gives back an older one, or none, is found
 * out: a query must not be answered without the events that only the newer one names. It also tells
 * one worker what another has committed.
 */
public interface Generations {
  /** The latest generation that was committed; 0 if none is known. */
  long committed(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException;

  /** Remembers a generation. Durable no later than the release of the hot copies that it covers. */
  void remember(ArchiveKeyLayout type, TimeBucket bucket, long generation) throws ArchiveException;

  /** The hours from one to another, which both count, of which a generation is known; sorted. */
  List<TimeBucket> hours(ArchiveKeyLayout type, TimeBucket from, TimeBucket to)
      throws ArchiveException;

  /** Remembers until this process ends. */
  static Generations inMemory() {
    Map<String, NavigableMap<TimeBucket, Long>> known = new ConcurrentHashMap<>();
    return new Generations() {
      private NavigableMap<TimeBucket, Long> of(ArchiveKeyLayout type) {
        return known.computeIfAbsent(type.folder(), folder -> new ConcurrentSkipListMap<>());
      }

      @Override
      public long committed(ArchiveKeyLayout type, TimeBucket bucket) {
        return of(type).getOrDefault(bucket, 0L);
      }

      @Override
      public void remember(ArchiveKeyLayout type, TimeBucket bucket, long generation) {
        of(type).merge(bucket, generation, Math::max);
      }

      @Override
      public List<TimeBucket> hours(ArchiveKeyLayout type, TimeBucket from, TimeBucket to) {
        return List.copyOf(of(type).subMap(from, true, to, true).keySet());
      }
    };
  }
}
