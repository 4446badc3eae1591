package io.flowcore.worker.archive;

import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The hours that a pass works on, and their order: one hour of each event type in turn, so that an
 * event type with many hours does not hold up the others. Holds a limited number of hours. If more
 * are pending, event types with many hours get fewer places, and the oldest hours of each type go
 * first. First all hours are added, by one thread; then many threads take them.
 */
final class PendingPlan {
  private final int capacity;
  private final Consumer<PendingHour> onLeftOver;
  private final TreeMap<UUID, Hours> types;
  private final List<Lane> lanes = new ArrayList<>();
  private int hoursPerType;
  private int size;
  private boolean overflowed;
  private boolean stopped;
  private Optional<UUID> lastTaken;

  /** The hours of a type. */
  private record Hours(UUID type, Target target, TreeSet<TimeBucket> buckets) {}

  /**
   * Where hours go.
   *
   * @param key equal for hours that share a limit
   * @param parallelism the number of hours with this key that are taken at the same time
   */
  record Target(Object key, int parallelism) {}

  private static final class Lane {
    private final int parallelism;
    private final Deque<Hours> turn = new ArrayDeque<>();
    private int active;

    Lane(int parallelism) {
      this.parallelism = parallelism;
    }

    boolean isFree() {
      return active < parallelism && !turn.isEmpty();
    }
  }

  /** An hour that a thread works on, until it is closed. */
  final class Turn implements AutoCloseable {
    private final PendingHour hour;
    private final Lane lane;

    private Turn(PendingHour hour, Lane lane) {
      this.hour = hour;
      this.lane = lane;
    }

    PendingHour hour() {
      return hour;
    }

    @Override
    public void close() {
      synchronized (PendingPlan.this) {
        lane.active--;
      }
    }
  }

  /**
   * Creates an empty plan.
   *
   * @param after the event type that the previous plan ended with; the next one gets the first turn
   * @param onLeftOver receives hours that are not part of the plan after all
   */
  PendingPlan(int capacity, Optional<UUID> after, Consumer<PendingHour> onLeftOver) {
    this.capacity = capacity;
    this.onLeftOver = onLeftOver;
    lastTaken = after;
    hoursPerType = capacity;
    types =
        new TreeMap<>(
            Comparator.<UUID, Boolean>comparing(
                    type -> after.isPresent() && type.compareTo(after.get()) <= 0)
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Adds an hour, which may have been added before. */
  void add(PendingHour hour, Target target) {
    Hours hours =
        types.computeIfAbsent(hour.eventType(), type -> new Hours(type, target, new TreeSet<>()));
    if (!hours.buckets().add(hour.bucket())) {
      return;
    }
    size++;
    trim(hours);
    while (size > capacity) {
      if (hoursPerType > 1) {
        hoursPerType /= 2;
        types.values().forEach(this::trim);
      } else {
        Hours last = types.pollLastEntry().getValue();
        last.buckets().forEach(bucket -> leaveOut(last, bucket));
      }
    }
  }

  private void trim(Hours hours) {
    while (hours.buckets().size() > hoursPerType) {
      leaveOut(hours, hours.buckets().pollLast());
    }
  }

  private void leaveOut(Hours hours, TimeBucket bucket) {
    size--;
    overflowed = true;
    onLeftOver.accept(new PendingHour(hours.type(), bucket));
  }

  /** Completes the plan, and returns how many threads can work on it at the same time. */
  int start() {
    Map<Object, Lane> byKey = new LinkedHashMap<>();
    for (Hours hours : types.values()) {
      Target target = hours.target();
      byKey.computeIfAbsent(target.key(), key -> new Lane(target.parallelism())).turn.add(hours);
    }
    lanes.addAll(byKey.values());
    int threads = 0;
    for (Lane lane : lanes) {
      int hours = lane.turn.stream().mapToInt(type -> type.buckets().size()).sum();
      threads += Math.min(lane.parallelism, hours);
    }
    return threads;
  }

  /** Returns the next hour; empty if there is none for another thread, or the plan was stopped. */
  synchronized Optional<Turn> next() {
    if (stopped) {
      return Optional.empty();
    }
    for (int i = 0; i < lanes.size(); i++) {
      Lane lane = lanes.removeFirst();
      lanes.addLast(lane);
      if (lane.isFree()) {
        Hours hours = lane.turn.remove();
        TimeBucket bucket = hours.buckets().pollFirst();
        if (!hours.buckets().isEmpty()) {
          lane.turn.add(hours);
        }
        lane.active++;
        lastTaken = Optional.of(hours.type());
        return Optional.of(new Turn(new PendingHour(hours.type(), bucket), lane));
      }
    }
    return Optional.empty();
  }

  /** Hands out no more hours. */
  synchronized void stop() {
    stopped = true;
  }

  /**
   * Reports the hours that were not taken.
   *
   * @return whether hours are left over because there were too many, or no time for them
   */
  synchronized boolean finish() {
    boolean leftOver = overflowed;
    for (Lane lane : lanes) {
      for (Hours hours : lane.turn) {
        for (TimeBucket bucket : hours.buckets()) {
          leftOver = true;
          onLeftOver.accept(new PendingHour(hours.type(), bucket));
        }
      }
    }
    return leftOver;
  }

  /** Returns the event type that was taken last. */
  synchronized Optional<UUID> lastTaken() {
    return lastTaken;
  }
}
