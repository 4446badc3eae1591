package io.flowcore.worker.event;

import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Merges cursors into one sequence in the order of a read. Loads a cursor only when its next event
 * may be the first of all. Used by one thread.
 *
 * <p>After an exception the merge must not be used any further.
 *
 * @param <E> thrown if a cursor cannot be read
 * @param <C> the type of the cursors
 */
public final class EventMerge<E extends Exception, C extends EventCursor<E>> {
  private final ReadOrder order;

  /** The cursors that have another event, without the head. */
  private final PriorityQueue<C> others;

  /** The cursor whose next event is the first of all, and is loaded. */
  private Optional<C> head = Optional.empty();

  /** Creates a merge without cursors. */
  public EventMerge(ReadOrder order) {
    this.order = order;
    Comparator<C> byId = Comparator.comparing(EventCursor::headId, order.<EventId>comparator());
    // A loaded cursor comes before one that may begin at the same id: nothing is loaded
    // unnecessarily.
    others =
        new PriorityQueue<>(
            byId.thenComparingInt(cursor -> cursor.isLoaded() ? 0 : 1)
                .thenComparingInt(EventCursor::priority));
  }

  /**
   * Adds a cursor, unless it is at its end. Cursors are added while there is no head, and {@link
   * #findHead} is called after the last one.
   */
  public void add(C cursor) throws E {
    if (cursor.hasNext()) {
      others.add(cursor);
    }
  }

  /** Removes all cursors. */
  public void clear() {
    others.clear();
    head = Optional.empty();
  }

  /** Finds the next event of all cursors, unless it is known. */
  public void findHead() throws E {
    while (head.isEmpty() && !others.isEmpty()) {
      C cursor = others.remove();
      if (cursor.isLoaded()) {
        head = Optional.of(cursor);
        return;
      }
      cursor.load();
      if (cursor.hasNext()) {
        others.add(cursor);
      }
    }
  }

  /** Returns the cursor that has the next event, which is loaded; empty at the end. */
  public Optional<C> head() {
    return head;
  }

  /** Returns a limit that also ends a run of the head before the next event of another cursor. */
  public RunLimit limit(RunLimit limit) {
    return others.isEmpty() ? limit : limit.before(others.element().headId(), order);
  }

  /**
   * Skips events of the head only, so that another cursor's copy of the last one comes next.
   *
   * @return the id of the last event skipped
   */
  public EventId skipHead(int events) throws E {
    C cursor = head.orElseThrow();
    head = Optional.empty();
    EventId skipped = cursor.skip(events);
    add(cursor);
    findHead();
    return skipped;
  }

  /**
   * Skips events of the head, and every other copy of the last one.
   *
   * @param events no more than a run returned that ended at {@link #limit}
   * @return the id of the last event skipped
   */
  public EventId skip(int events) throws E {
    EventId skipped = skipHead(events);
    while (head.isPresent() && head.get().headId().equals(skipped)) {
      skipHead(1);
    }
    return skipped;
  }
}
