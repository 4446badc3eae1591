package io.flowcore.worker.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The merge of cursors that the archive, the hot stores and queries share. */
class EventMergeTest {
  private final List<String> loads = new ArrayList<>();

  private static EventId id(int n) {
    return new EventId(n, 0);
  }

  /** Returns its events one at a time, and loads them together when the first one is needed. */
  private final class ListCursor implements EventCursor<RuntimeException> {
    private final String name;
    private final int priority;
    private final Deque<EventId> ids = new ArrayDeque<>();
    private boolean loaded;

    ListCursor(String name, int priority, boolean loaded, ReadOrder order, List<Integer> numbers) {
      this.name = name;
      this.priority = priority;
      this.loaded = loaded;
      (order.isAscending() ? numbers : numbers.reversed()).forEach(n -> ids.add(id(n)));
    }

    @Override
    public boolean hasNext() {
      return !ids.isEmpty();
    }

    @Override
    public EventId headId() {
      return ids.element();
    }

    @Override
    public boolean isLoaded() {
      return loaded;
    }

    @Override
    public void load() {
      loaded = true;
      loads.add(name);
    }

    @Override
    public int priority() {
      return priority;
    }

    @Override
    public EventId skip(int events) {
      EventId skipped = ids.remove();
      for (int i = 1; i < events; i++) {
        skipped = ids.remove();
      }
      return skipped;
    }
  }

  private ListCursor unloaded(String name, ReadOrder order, Integer... numbers) {
    return new ListCursor(name, 0, false, order, List.of(numbers));
  }

  private ListCursor loaded(String name, int priority, Integer... numbers) {
    return new ListCursor(name, priority, true, ReadOrder.ASCENDING, List.of(numbers));
  }

  private static EventMerge<RuntimeException, ListCursor> merge(
      ReadOrder order, ListCursor... cursors) {
    EventMerge<RuntimeException, ListCursor> merge = new EventMerge<>(order);
    for (ListCursor cursor : cursors) {
      merge.add(cursor);
    }
    merge.findHead();
    return merge;
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void eventsAreReturnedInOrderAndEachOnce(ReadOrder order) {
    var merge =
        merge(
            order,
            unloaded("a", order, 1, 4, 5, 9),
            unloaded("b", order, 4, 6, 9),
            unloaded("c", order, 4),
            unloaded("d", order));
    List<EventId> seen = new ArrayList<>();
    while (merge.head().isPresent()) {
      seen.add(merge.skip(1));
    }

    List<EventId> all = List.of(id(1), id(4), id(5), id(6), id(9));
    assertThat(seen).isEqualTo(order.isAscending() ? all : all.reversed());
  }

  @Test
  void aCursorIsLoadedOnlyWhenItsFirstEventMayBeNext() {
    var merge =
        merge(
            ReadOrder.ASCENDING,
            unloaded("a", ReadOrder.ASCENDING, 1, 2, 3),
            unloaded("b", ReadOrder.ASCENDING, 3, 7));
    assertThat(loads).containsExactly("a");
    merge.skip(2);
    assertThat(loads).as("a loaded cursor comes first at the same id").containsExactly("a");
    assertThat(merge.skip(1)).isEqualTo(id(3));
    assertThat(loads).containsExactly("a", "b");
    assertThat(merge.head().orElseThrow().headId()).isEqualTo(id(7));
  }

  @Test
  void theCursorWithTheLowestPriorityReturnsAnEventOfSeveralCursors() {
    var merge = merge(ReadOrder.ASCENDING, loaded("hot", 1, 1, 2), loaded("archive", 0, 1, 3));

    assertThat(merge.head().orElseThrow().name).isEqualTo("archive");
    merge.skip(1);
    assertThat(merge.head().orElseThrow().name).isEqualTo("hot");
    assertThat(merge.head().orElseThrow().headId()).isEqualTo(id(2));
  }

  @Test
  void skippingTheHeadOnlyKeepsTheCopyOfAnotherCursor() {
    var merge = merge(ReadOrder.ASCENDING, loaded("a", 0, 1, 2), loaded("b", 1, 1));

    assertThat(merge.skipHead(1)).isEqualTo(id(1));
    assertThat(merge.head().orElseThrow().name).isEqualTo("b");
    assertThat(merge.skip(1)).isEqualTo(id(1));
    assertThat(merge.head().orElseThrow().headId()).isEqualTo(id(2));
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void aRunEndsBeforeTheNextEventOfAnotherCursor(ReadOrder order) {
    RunLimit limit = new RunLimit(10, 1_000, Optional.empty());
    var alone = merge(order, unloaded("a", order, 1, 2, 3, 4));
    var both = merge(order, unloaded("a", order, 1, 2, 3, 4), unloaded("b", order, 2, 3));

    assertThat(alone.limit(limit)).isEqualTo(limit);
    assertThat(both.limit(limit).before()).contains(order.isAscending() ? id(2) : id(3));
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void aRangeContinuesAfterAnIdInTheOrderOfTheRead(ReadOrder order) {
    EventRange range = new EventRange(id(1), id(5), order);
    EventRange rest = range.after(id(3));

    assertThat(range.contains(id(1)) && range.contains(id(5))).isTrue();
    assertThat(range.contains(id(6))).isFalse();
    assertThat(rest.contains(id(3))).isFalse();
    assertThat(rest.contains(id(4))).isEqualTo(order.isAscending());
    assertThat(rest.contains(id(2))).isEqualTo(!order.isAscending());
    assertThat(range.overlaps(id(5), id(9)) && range.overlaps(id(0), id(1))).isTrue();
    assertThat(range.overlaps(id(6), id(9))).isFalse();
    assertThat(new EventRange(id(2), id(1), order).isEmpty()).isTrue();
  }
}
