package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchableStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes rows of events. What comes for a part while a write to it is under way goes together with
 * the next: one mutation for many requests. A write to one partition takes effect as a whole.
 */
public final class PartitionWriter {
  /** Of rows that are handed over together; far below the 16 MiB of a mutation. */
  static final int MAX_BYTES = 512 << 10;

  private static final int MAX_ROWS = 1_000;

  private final CqlExecutor requests;
  private final ConcurrentHashMap<PartitionKey, Lane> lanes = new ConcurrentHashMap<>();

  public PartitionWriter(CqlExecutor requests) {
    this.requests = requests;
  }

  /** Rows that belong together, and who waits for them. */
  private record Entry(List<BoundStatement> rows, int bytes, CompletableFuture<Void> written) {}

  /** What waits for one part. Guarded by itself. */
  private static final class Lane {
    private final ArrayDeque<Entry> queue = new ArrayDeque<>();
    private boolean busy;

    synchronized void add(Entry entry) {
      queue.add(entry);
    }

    synchronized boolean idle() {
      return queue.isEmpty() && !busy;
    }

    /** The next group; empty if there is none, or a write is under way. */
    synchronized List<Entry> take() {
      List<Entry> group = new ArrayList<>();
      if (busy) {
        return group;
      }
      int bytes = 0;
      int rows = 0;
      while (!queue.isEmpty() && (group.isEmpty() || fits(queue.peek(), bytes, rows))) {
        Entry entry = queue.remove();
        bytes += entry.bytes;
        rows += entry.rows.size();
        group.add(entry);
      }
      busy = !group.isEmpty();
      return group;
    }

    private static boolean fits(Entry entry, int bytes, int rows) {
      return bytes + entry.bytes <= MAX_BYTES && rows + entry.rows.size() <= MAX_ROWS;
    }

    synchronized void done() {
      busy = false;
    }
  }

  /**
   * Writes rows of one part.
   *
   * @param bytes of the rows; about a mebibyte at most, unless there is one only
   * @return completed when they are durable; fails with a {@link StoreException}
   */
  public CompletableFuture<Void> write(PartitionKey key, List<BoundStatement> rows, int bytes) {
    Entry entry = new Entry(rows, bytes, new CompletableFuture<>());
    Lane lane =
        lanes.compute(
            key,
            (same, present) -> {
              Lane there = present == null ? new Lane() : present;
              there.add(entry);
              return there;
            });
    pump(key, lane);
    return entry.written;
  }

  private void pump(PartitionKey key, Lane lane) {
    List<Entry> group = lane.take();
    if (group.isEmpty()) {
      return;
    }
    send(group)
        .whenComplete((answer, failure) -> {
          for (Entry entry : group) {
            if (failure == null) {
              entry.written.complete(null);
            } else {
              entry.written.completeExceptionally(failure);
            }
          }
          lane.done();
          pump(key, lane);
          lanes.computeIfPresent(key, (same, there) -> there.idle() ? null : there);
        });
  }

  /** Who waits must hear of it in any case: their appends hold up all readers. */
  private CompletionStage<AsyncResultSet> send(List<Entry> group) {
    try {
      return requests.send(statement(group));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Statement<?> statement(List<Entry> group) {
    List<BatchableStatement<?>> rows = new ArrayList<>();
    group.forEach(entry -> rows.addAll(entry.rows));
    return rows.size() == 1
        ? rows.getFirst()
        : BatchStatement.newInstance(DefaultBatchType.UNLOGGED, rows);
  }
}
