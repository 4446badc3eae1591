package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.flowcore.worker.event.EventCursor;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The events of one partition, in the order of a read. Used by one thread. */
final class PartitionCursor implements EventCursor<StoreException> {
  /** Each request asks for this many times the rows of the one before. */
  private static final int GROWTH = 4;

  private final EventTable table;
  private final CqlExecutor executor;
  private final Partition partition;
  private EventRange range;
  private int rowLimit;
  private Optional<CompletionStage<AsyncResultSet>> request = Optional.empty();
  private final ArrayDeque<FoundRow> rows = new ArrayDeque<>();
  private int rowsReceived;
  private boolean complete;

  /**
   * A row.
   *
   * @param event empty if the row is damaged
   */
  record FoundRow(Partition partition, EventId id, Optional<StoredEvent> event) {}

  /**
   * Creates a cursor and sends no request yet.
   *
   * @param firstRows the number of rows that the first request asks for
   */
  PartitionCursor(
      EventTable table,
      CqlExecutor executor,
      Partition partition,
      EventRange range,
      int firstRows) {
    this.table = table;
    this.executor = executor;
    this.partition = partition;
    this.range = range;
    rowLimit = Math.clamp(firstRows, 1, SizeClass.of(partition.key()).rows());
  }

  /** Requests the next rows without waiting for them. */
  void prefetch() {
    if (!complete && rows.isEmpty() && request.isEmpty()) {
      request =
          Optional.of(
              executor.send(
                  table.read(
                      partition.key(),
                      range.first(),
                      range.last(),
                      range.isAscending(),
                      rowLimit)));
    }
  }

  /** Waits for the next rows if none is in memory. */
  @Override
  public boolean hasNext() throws StoreException {
    while (rows.isEmpty() && !complete) {
      prefetch();
      AsyncResultSet results = CqlExecutor.await(request.orElseThrow());
      request = Optional.empty();
      receive(results);
    }
    return !rows.isEmpty();
  }

  /** A database may return fewer rows than requested, or none, although there are more. */
  private void receive(AsyncResultSet results) {
    for (Row row : results.currentPage()) {
      EventId id = EventIds.read(row.getByteBuffer("id"));
      byte[] value = Bytes.getArray(row.getByteBuffer("value"));
      rows.add(
          new FoundRow(
              partition, id, EventValueCodec.decode(partition.key().eventType(), id, value)));
      rowsReceived++;
    }
    if (results.hasMorePages()) {
      request = Optional.of(results.fetchNextPage());
    } else if (rowsReceived < rowLimit) {
      complete = true;
    } else {
      range = range.after(rows.getLast().id());
      rowsReceived = 0;
      rowLimit = Math.min(GROWTH * rowLimit, SizeClass.of(partition.key()).rows());
    }
  }

  /** Returns the next row. There is one if {@link #hasNext} has returned true. */
  FoundRow head() {
    return rows.element();
  }

  @Override
  public EventId headId() {
    return head().id();
  }

  @Override
  public EventId skip(int events) {
    EventId skipped = rows.remove().id();
    for (int i = 1; i < events; i++) {
      skipped = rows.remove().id();
    }
    return skipped;
  }
}
