package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * The events of some parts as one sequence in the order of ids. Minutes follow one another, so only
 * parts of one minute are merged; the minutes to come are asked for ahead. Used by one thread.
 */
public final class PartitionScan {
  /** Minutes of few events would otherwise cost a round trip each. */
  private static final int MINUTES_AHEAD = 4;

  /** Bounds what is held in memory: the parts of one minute, and so many besides. */
  private static final int PARTS_AHEAD = 8;

  private static final int FEWEST_ROWS = 16;

  private final EventTable table;
  private final CqlExecutor requests;
  private final EventId first;
  private final EventId last;
  private final boolean ascending;
  private final BiPredicate<Partition, StoredEvent> wanted;
  private final int atFirst;
  private final ArrayDeque<List<Partition>> minutes;
  private final ArrayDeque<List<PartitionCursor>> ahead = new ArrayDeque<>();
  private final PriorityQueue<Place> present;

  /**
   * The event that was given last: a copy of a store that was broken off may have left it twice.
   */
  private EventId before = EventId.first(0);

  /** A cursor and where it stands. */
  private record Place(PartitionCursor cursor, PartitionCursor.Found head) {}

  /**
   * Reads nothing yet.
   *
   * @param wanted which events are given; damaged ones are in any case
   * @param atFirst how many events are likely to be wanted
   */
  public PartitionScan(
      EventTable table,
      CqlExecutor requests,
      List<Partition> parts,
      EventId first,
      EventId last,
      boolean ascending,
      BiPredicate<Partition, StoredEvent> wanted,
      int atFirst) {
    this.table = table;
    this.requests = requests;
    this.first = first;
    this.last = last;
    this.ascending = ascending;
    this.wanted = wanted;
    this.atFirst = atFirst;
    minutes = new ArrayDeque<>(byMinute(parts, ascending).values());
    Comparator<Place> byId = Comparator.comparing(place -> place.head().id());
    present = new PriorityQueue<>(ascending ? byId : byId.reversed());
  }

  private static NavigableMap<Integer, List<Partition>> byMinute(
      List<Partition> parts, boolean ascending) {
    NavigableMap<Integer, List<Partition>> byMinute = new TreeMap<>();
    for (Partition part : parts) {
      byMinute.computeIfAbsent(part.key().minute(), minute -> new ArrayList<>()).add(part);
    }
    return ascending ? byMinute : byMinute.descendingMap();
  }

  /** The next events. One that ended at a damaged event goes on behind it. */
  public EventPage page(int maxEvents, int maxBytes) throws StoreException {
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    for (Optional<PartitionCursor.Found> next = peek(); next.isPresent(); next = peek()) {
      PartitionCursor.Found found = next.get();
      if (found.id().equals(before)) {
        advance();
        continue;
      }
      if (found.event().isPresent() && !wanted.test(found.part(), found.event().get())) {
        advance();
        continue;
      }
      if (events.size() == maxEvents || bytes >= maxBytes) {
        return EventPage.more(events);
      }
      advance();
      before = found.id();
      if (found.event().isEmpty()) {
        return EventPage.untilDamage(events, found.id());
      }
      events.add(found.event().get());
      bytes += found.event().get().size();
    }
    return EventPage.last(events);
  }

  private Optional<PartitionCursor.Found> peek() throws StoreException {
    while (present.isEmpty()) {
      askAhead();
      if (ahead.isEmpty()) {
        return Optional.empty();
      }
      for (PartitionCursor cursor : ahead.remove()) {
        place(cursor);
      }
    }
    return Optional.of(present.peek().head());
  }

  private void askAhead() {
    while (!minutes.isEmpty() && (ahead.isEmpty() || mayAskAhead())) {
      List<PartitionCursor> cursors = new ArrayList<>();
      List<Partition> parts = minutes.remove();
      int rows = Math.max(FEWEST_ROWS, atFirst / parts.size());
      for (Partition part : parts) {
        PartitionCursor cursor =
            new PartitionCursor(table, requests, part, first, last, ascending, rows);
        cursor.ask();
        cursors.add(cursor);
      }
      ahead.add(cursors);
    }
  }

  private boolean mayAskAhead() {
    return ahead.size() < MINUTES_AHEAD
        && ahead.stream().mapToInt(List::size).sum() + minutes.peek().size() <= PARTS_AHEAD;
  }

  private void place(PartitionCursor cursor) throws StoreException {
    Optional<PartitionCursor.Found> head = cursor.head();
    head.ifPresent(found -> present.add(new Place(cursor, found)));
  }

  private void advance() throws StoreException {
    PartitionCursor cursor = present.remove().cursor();
    cursor.advance();
    place(cursor);
  }
}
