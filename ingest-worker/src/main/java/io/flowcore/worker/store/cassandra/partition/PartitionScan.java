package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventMerge;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.partition.PartitionCursor.FoundRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * The events of several partitions as one sequence in the order of a read. Minutes follow one
 * another, so only partitions of the same minute are merged. The following minutes are requested
 * ahead. Used by one thread.
 */
public final class PartitionScan {
  /** Without reading ahead, each minute with few events would cost a round trip. */
  private static final int MINUTES_AHEAD = 4;

  /** Limits memory to the partitions of one minute and this number of further partitions. */
  private static final int PARTITIONS_AHEAD = 8;

  private static final int MIN_ROWS = 16;

  private final EventTable table;
  private final CqlExecutor executor;
  private final EventRange range;
  private final BiPredicate<Partition, StoredEvent> filter;
  private final int expectedEvents;
  private final ArrayDeque<List<Partition>> minutes;
  private final ArrayDeque<List<PartitionCursor>> requestedMinutes = new ArrayDeque<>();
  private final EventMerge<StoreException, PartitionCursor> currentMinute;

  /**
   * Creates a scan and reads nothing yet.
   *
   * @param filter selects the events to return; damaged events are always reported
   * @param expectedEvents the number of events that the caller is likely to read
   */
  public PartitionScan(
      EventTable table,
      CqlExecutor executor,
      List<Partition> partitions,
      EventRange range,
      BiPredicate<Partition, StoredEvent> filter,
      int expectedEvents) {
    this.table = table;
    this.executor = executor;
    this.range = range;
    this.filter = filter;
    this.expectedEvents = expectedEvents;
    minutes = new ArrayDeque<>(byMinute(partitions, range).values());
    currentMinute = new EventMerge<>(range.order());
  }

  private static NavigableMap<Integer, List<Partition>> byMinute(
      List<Partition> partitions, EventRange range) {
    NavigableMap<Integer, List<Partition>> byMinute =
        new TreeMap<>(range.order().<Integer>comparator());
    for (Partition partition : partitions) {
      byMinute
          .computeIfAbsent(partition.key().minute(), minute -> new ArrayList<>())
          .add(partition);
    }
    return byMinute;
  }

  /**
   * Returns the next events. After a page that ended at a damaged event, the next page begins after
   * that event.
   *
   * @throws StoreException if the database cannot be read
   */
  public EventPage page(int maxEvents, int maxBytes) throws StoreException {
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    for (Optional<FoundRow> next = peek(); next.isPresent(); next = peek()) {
      FoundRow row = next.get();
      if (row.event().isPresent() && !filter.test(row.partition(), row.event().get())) {
        // Only this copy: another partition's copy may be one to return.
        currentMinute.skipHead(1);
        continue;
      }
      if (events.size() == maxEvents || bytes >= maxBytes) {
        return EventPage.more(events);
      }
      // An interrupted copy from another store may have written an event to two partitions.
      currentMinute.skip(1);
      if (row.event().isEmpty()) {
        return EventPage.untilDamage(events, row.id());
      }
      events.add(row.event().get());
      bytes += row.event().get().size();
    }
    return EventPage.last(events);
  }

  private Optional<FoundRow> peek() throws StoreException {
    while (currentMinute.head().isEmpty()) {
      requestAhead();
      if (requestedMinutes.isEmpty()) {
        return Optional.empty();
      }
      for (PartitionCursor cursor : requestedMinutes.remove()) {
        currentMinute.add(cursor);
      }
      currentMinute.findHead();
    }
    return currentMinute.head().map(PartitionCursor::head);
  }

  private void requestAhead() {
    while (!minutes.isEmpty() && (requestedMinutes.isEmpty() || canRequestMore())) {
      List<PartitionCursor> cursors = new ArrayList<>();
      List<Partition> partitions = minutes.remove();
      int rows = Math.max(MIN_ROWS, expectedEvents / partitions.size());
      for (Partition partition : partitions) {
        PartitionCursor cursor = new PartitionCursor(table, executor, partition, range, rows);
        cursor.prefetch();
        cursors.add(cursor);
      }
      requestedMinutes.add(cursors);
    }
  }

  private boolean canRequestMore() {
    return requestedMinutes.size() < MINUTES_AHEAD
        && requestedMinutes.stream().mapToInt(List::size).sum() + minutes.element().size()
            <= PARTITIONS_AHEAD;
  }
}
