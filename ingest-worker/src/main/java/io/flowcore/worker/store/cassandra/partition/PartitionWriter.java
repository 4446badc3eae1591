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
 * Writes rows of events, with at most one write in flight for each partition. Rows that arrive
 * meanwhile are combined into the next write: one mutation for many requests. A write to one
 * partition is atomic.
 */
public final class PartitionWriter {
  /** The maximum size of a combined write; far below Cassandra's limit of 16 MiB for a mutation. */
  static final int MAX_BYTES = 512 << 10;

  private static final int MAX_ROWS = 1_000;

  private final CqlExecutor executor;
  private final ConcurrentHashMap<PartitionKey, PartitionQueue> queues = new ConcurrentHashMap<>();

  /** Creates a writer with empty queues. */
  public PartitionWriter(CqlExecutor executor) {
    this.executor = executor;
  }

  /** Rows that are written together, and the future of the caller. */
  private record Entry(List<BoundStatement> rows, int bytes, CompletableFuture<Void> written) {}

  /** The rows that are queued for one partition. Guarded by itself. */
  private static final class PartitionQueue {
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private boolean writing;

    synchronized void add(Entry entry) {
      entries.add(entry);
    }

    synchronized boolean isIdle() {
      return entries.isEmpty() && !writing;
    }

    /** Begins the next write; returns no entries if there are none, or a write is in flight. */
    synchronized List<Entry> beginWrite() {
      List<Entry> group = new ArrayList<>();
      if (writing) {
        return group;
      }
      int bytes = 0;
      int rows = 0;
      while (!entries.isEmpty() && (group.isEmpty() || fits(entries.peek(), bytes, rows))) {
        Entry entry = entries.remove();
        bytes += entry.bytes;
        rows += entry.rows.size();
        group.add(entry);
      }
      writing = !group.isEmpty();
      return group;
    }

    private static boolean fits(Entry entry, int bytes, int rows) {
      return bytes + entry.bytes <= MAX_BYTES && rows + entry.rows.size() <= MAX_ROWS;
    }

    synchronized void endWrite() {
      writing = false;
    }
  }

  /**
   * Writes rows of one partition.
   *
   * @param bytes the size of the rows; about 1 MiB at most, unless there is only one row
   * @return completed when the rows are durable; fails with a {@link StoreException}
   */
  public CompletableFuture<Void> write(PartitionKey key, List<BoundStatement> rows, int bytes) {
    Entry entry = new Entry(rows, bytes, new CompletableFuture<>());
    PartitionQueue queue =
        queues.compute(
            key,
            (same, present) -> {
              PartitionQueue existing = present == null ? new PartitionQueue() : present;
              existing.add(entry);
              return existing;
            });
    writeNext(key, queue);
    return entry.written;
  }

  private void writeNext(PartitionKey key, PartitionQueue queue) {
    List<Entry> group = queue.beginWrite();
    if (group.isEmpty()) {
      return;
    }
    send(group)
        .whenComplete((result, failure) -> {
          for (Entry entry : group) {
            if (failure == null) {
              entry.written.complete(null);
            } else {
              entry.written.completeExceptionally(failure);
            }
          }
          queue.endWrite();
          writeNext(key, queue);
          queues.computeIfPresent(key, (same, existing) -> existing.isIdle() ? null : existing);
        });
  }

  /**
   * Returns a failed stage instead of throwing. An append whose future never completed would stop
   * the read watermark of all workers.
   */
  private CompletionStage<AsyncResultSet> send(List<Entry> group) {
    try {
      return executor.send(statement(group));
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
