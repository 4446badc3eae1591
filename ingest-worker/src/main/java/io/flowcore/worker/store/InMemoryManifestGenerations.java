package io.flowcore.worker.store;

import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Generations that are kept until the process ends, for an archive that is opened without a hot
 * store. Safe for use by many threads.
 */
public final class InMemoryManifestGenerations implements ManifestGenerations {
  private final Map<ByteBuffer, NavigableMap<TimeBucket, Long>> byScope = new ConcurrentHashMap<>();

  private NavigableMap<TimeBucket, Long> generations(byte[] scope) {
    return byScope.computeIfAbsent(
        ByteBuffer.wrap(scope.clone()), key -> new ConcurrentSkipListMap<>());
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) {
    return generations(scope).getOrDefault(hour, 0L);
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation) {
    generations(scope).merge(hour, generation, Math::max);
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit) {
    NavigableMap<TimeBucket, Long> hours = generations(scope).subMap(from, true, to, true);
    return (order.isAscending() ? hours : hours.descendingMap())
        .keySet().stream().limit(limit).toList();
  }
}
