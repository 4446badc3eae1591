package io.flowcore.worker.store.cassandra.cql;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.connection.BusyConnectionException;
import com.datastax.oss.driver.api.core.connection.ClosedConnectionException;
import com.datastax.oss.driver.api.core.connection.HeartbeatException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.servererrors.BootstrappingException;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.QueryConsistencyException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Executes statements, and retries those that fail until a deadline. A retry is safe: every
 * statement sets absolute values, so applying it twice has the same effect as applying it once.
 */
public final class CqlExecutor {
  /** Long enough to detect that a node is down, and to send the statement to another node. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final long MIN_BACKOFF_MILLIS = 20;
  private static final long MAX_BACKOFF_MILLIS = 500;

  private final CqlSession session;
  private final AtomicLong retries = new AtomicLong();

  /** Creates an executor of statements in a session. */
  public CqlExecutor(CqlSession session) {
    this.session = session;
  }

  /** Returns the number of retries so far. */
  public long retries() {
    return retries.get();
  }

  /** Sends an idempotent statement without waiting for its result. */
  public CompletionStage<AsyncResultSet> send(Statement<?> statement) {
    return attempt(statement, System.nanoTime() + DEADLINE.toNanos(), MIN_BACKOFF_MILLIS);
  }

  private CompletionStage<AsyncResultSet> attempt(
      Statement<?> statement, long deadline, long backoffMillis) {
    return session
        .executeAsync(statement)
        .exceptionallyCompose(failure -> {
          Throwable cause = cause(failure);
          if (!isTransient(cause) || System.nanoTime() > deadline) {
            return CompletableFuture.failedFuture(cause);
          }
          retries.incrementAndGet();
          return CompletableFuture.supplyAsync(
                  () -> statement,
                  CompletableFuture.delayedExecutor(backoffMillis, TimeUnit.MILLISECONDS))
              .thenCompose(retried ->
                  attempt(retried, deadline, Math.min(2 * backoffMillis, MAX_BACKOFF_MILLIS)));
        });
  }

  private static boolean isTransient(Throwable failure) {
    return switch (failure) {
      case AllNodesFailedException e -> !isRejectedByAll(e);
      case DriverTimeoutException e -> true;
      case QueryConsistencyException e -> true;
      case UnavailableException e -> true;
      case OverloadedException e -> true;
      case BootstrappingException e -> true;
      case BusyConnectionException e -> true;
      case ClosedConnectionException e -> true;
      case HeartbeatException e -> true;
      default -> false;
    };
  }

  /** Returns whether every node rejected the statement itself. */
  private static boolean isRejectedByAll(AllNodesFailedException e) {
    List<Throwable> causes = e.getAllErrors().values().stream().flatMap(List::stream).toList();
    return !causes.isEmpty() && causes.stream().noneMatch(CqlExecutor::isTransient);
  }

  /**
   * Executes an idempotent statement.
   *
   * @throws StoreException if it fails until the deadline
   */
  public AsyncResultSet execute(Statement<?> statement) throws StoreException {
    return await(send(statement));
  }

  /** Returns the first row of a result; empty if the result has no rows. */
  public Optional<Row> row(Statement<?> statement) throws StoreException {
    return Optional.ofNullable(execute(statement).one());
  }

  /** Receives rows one at a time. */
  public interface RowVisitor {
    /** Receives the next row. */
    void row(Row row) throws StoreException;
  }

  /** Visits the rows of a result of any size, with one page in memory. */
  public void visit(Statement<?> statement, RowVisitor visitor) throws StoreException {
    AsyncResultSet page = execute(statement);
    while (true) {
      for (Row row : page.currentPage()) {
        visitor.row(row);
      }
      if (!page.hasMorePages()) {
        return;
      }
      page = await(page.fetchNextPage());
    }
  }

  /** Returns all rows of a result that is known to be small. */
  public List<Row> rows(Statement<?> statement) throws StoreException {
    List<Row> rows = new ArrayList<>();
    AsyncResultSet page = execute(statement);
    page.currentPage().forEach(rows::add);
    while (page.hasMorePages()) {
      page = await(page.fetchNextPage());
      page.currentPage().forEach(rows::add);
    }
    return rows;
  }

  /**
   * Executes a conditional statement. Under contention the database may not know whether the
   * statement was applied. The statement is sent again then, and may find its own write.
   *
   * @return empty if the statement was applied; otherwise the row that was found instead, which may
   *     be the statement's own
   */
  public Optional<Row> executeConditional(Statement<?> statement) throws StoreException {
    AsyncResultSet result = await(send(statement.setIdempotent(false)));
    return result.wasApplied() ? Optional.empty() : Optional.of(result.one());
  }

  /** Waits for a result, even if interrupted: a statement that was sent may take effect. */
  public static <T> T await(CompletionStage<T> result) throws StoreException {
    try {
      return result.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw storeException(cause(e));
    }
  }

  /** Waits for all results, even if one of them fails. */
  public static void awaitAll(Stream<? extends CompletionStage<?>> results) throws StoreException {
    await(all(results));
  }

  /** Returns a stage that completes when all results are complete, and fails if one has failed. */
  public static CompletableFuture<Void> all(Stream<? extends CompletionStage<?>> results) {
    return CompletableFuture.allOf(
        results.map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** The messages are sent to clients, so they contain no addresses. */
  private static StoreException storeException(Throwable cause) {
    if (cause instanceof StoreException e) {
      return e;
    }
    return cause instanceof OverloadedException || cause instanceof BusyConnectionException
        ? new StoreException(Kind.OVERLOADED, "the hot store is overloaded; retry later", cause)
        : new StoreException(
            Kind.UNAVAILABLE, "a request to the hot store failed; retry later", cause);
  }
}
