package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The events of one part, in order. Used by one thread. */
final class PartitionCursor {
  /** An answer may be larger by so much each time. */
  private static final int GROWTH = 4;

  private final EventTable table;
  private final CqlExecutor requests;
  private final Partition part;
  private final boolean ascending;
  private EventId first;
  private EventId last;
  private int rows;
  private Optional<CompletionStage<AsyncResultSet>> asked = Optional.empty();
  private final ArrayDeque<Found> found = new ArrayDeque<>();
  private int answered;
  private boolean end;

  /**
   * A row.
   *
   * @param event empty if it is damaged
   */
  record Found(Partition part, EventId id, Optional<StoredEvent> event) {}

  /**
   * Asks for nothing yet.
   *
   * @param atFirst how many rows to ask for at first
   */
  PartitionCursor(
      EventTable table,
      CqlExecutor requests,
      Partition part,
      EventId first,
      EventId last,
      boolean ascending,
      int atFirst) {
    this.table = table;
    this.requests = requests;
    this.part = part;
    this.first = first;
    this.last = last;
    this.ascending = ascending;
    rows = Math.clamp(atFirst, 1, SizeClass.of(part.key()).rows());
  }

  /** Asks for the next rows, without waiting. */
  void ask() {
    if (!end && found.isEmpty() && asked.isEmpty()) {
      asked = Optional.of(requests.send(table.read(part.key(), first, last, ascending, rows)));
    }
  }

  /** The next row; empty at the end. */
  Optional<Found> head() throws StoreException {
    while (found.isEmpty() && !end) {
      ask();
      AsyncResultSet answer = CqlExecutor.await(asked.orElseThrow());
      asked = Optional.empty();
      take(answer);
    }
    return Optional.ofNullable(found.peek());
  }

  /** A database may cut an answer short, and even send none of it, though there is more. */
  private void take(AsyncResultSet answer) {
    for (Row row : answer.currentPage()) {
      EventId id = EventIds.read(row.getByteBuffer("id"));
      byte[] value = Bytes.getArray(row.getByteBuffer("value"));
      found.add(new Found(part, id, EventValueCodec.decode(part.key().eventType(), id, value)));
      answered++;
    }
    if (answer.hasMorePages()) {
      asked = Optional.of(answer.fetchNextPage());
    } else if (answered < rows) {
      end = true;
    } else {
      goBehind(found.getLast().id());
    }
  }

  private void goBehind(EventId id) {
    if (ascending) {
      first = id.next();
    } else {
      last = id.previous();
    }
    answered = 0;
    rows = Math.min(GROWTH * rows, SizeClass.of(part.key()).rows());
  }

  /** Leaves the row behind. */
  void advance() {
    found.remove();
  }
}
