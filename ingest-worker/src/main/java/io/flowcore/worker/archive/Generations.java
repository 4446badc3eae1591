package io.flowcore.worker.archive;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The generation of each manifest that is known to be committed, remembered outside of the archive.
 * A store that gives back an older one, or none, is found out: a query must not be answered without
 * the events that only the newer one names.
 */
public interface Generations {
  /** The latest generation that was committed, by a manifest's key; 0 if none is known. */
  long committed(String key) throws ArchiveException;

  /** Remembers a generation. Durable no later than the release of the hot copies that it covers. */
  void remember(String key, long generation) throws ArchiveException;

  /** Remembers until this process ends. */
  static Generations inMemory() {
    Map<String, Long> known = new ConcurrentHashMap<>();
    return new Generations() {
      @Override
      public long committed(String key) {
        return known.getOrDefault(key, 0L);
      }

      @Override
      public void remember(String key, long generation) {
        known.merge(key, generation, Math::max);
      }
    };
  }
}
