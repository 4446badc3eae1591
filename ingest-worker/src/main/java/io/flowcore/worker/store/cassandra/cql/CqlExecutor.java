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
 * Sends statements, and sends those that fail again until a deadline. That is safe: each says
 * exactly what will stand where, whether it takes effect once or twice.
 */
public final class CqlExecutor {
  /** While a node is found out to be gone, and a new one is asked. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final long FIRST_REST_MILLIS = 20;
  private static final long LONGEST_REST_MILLIS = 500;

  private final CqlSession session;
  private final AtomicLong repeated = new AtomicLong();

  public CqlExecutor(CqlSession session) {
    this.session = session;
  }

  /** How many statements were sent again. */
  public long repeated() {
    return repeated.get();
  }

  /** Sends one that may be sent again, without waiting. */
  public CompletionStage<AsyncResultSet> send(Statement<?> statement) {
    return attempt(statement, System.nanoTime() + DEADLINE.toNanos(), FIRST_REST_MILLIS);
  }

  private CompletionStage<AsyncResultSet> attempt(
      Statement<?> statement, long deadline, long restMillis) {
    return session
        .executeAsync(statement)
        .exceptionallyCompose(failure -> {
          Throwable cause = cause(failure);
          if (!passes(cause) || System.nanoTime() > deadline) {
            return CompletableFuture.failedFuture(cause);
          }
          repeated.incrementAndGet();
          return CompletableFuture.supplyAsync(
                  () -> statement,
                  CompletableFuture.delayedExecutor(restMillis, TimeUnit.MILLISECONDS))
              .thenCompose(
                  again -> attempt(again, deadline, Math.min(2 * restMillis, LONGEST_REST_MILLIS)));
        });
  }

  /** Whether it may pass by itself. */
  private static boolean passes(Throwable failure) {
    return switch (failure) {
      case AllNodesFailedException e -> !refused(e);
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

  /** Whether every node answered that the statement itself is wrong. */
  private static boolean refused(AllNodesFailedException e) {
    List<Throwable> causes = e.getAllErrors().values().stream().flatMap(List::stream).toList();
    return !causes.isEmpty() && causes.stream().noneMatch(CqlExecutor::passes);
  }

  /** Runs one that may be sent again. */
  public AsyncResultSet run(Statement<?> statement) throws StoreException {
    return await(send(statement));
  }

  /** The only row of a statement's answer; null if there is none. */
  public Row row(Statement<?> statement) throws StoreException {
    return run(statement).one();
  }

  /** All rows of an answer, page by page: for answers that are known to be short. */
  public List<Row> rows(Statement<?> statement) throws StoreException {
    List<Row> rows = new ArrayList<>();
    AsyncResultSet page = run(statement);
    page.currentPage().forEach(rows::add);
    while (page.hasMorePages()) {
      page = await(page.fetchNextPage());
      page.currentPage().forEach(rows::add);
    }
    return rows;
  }

  /**
   * Runs one with a condition. Where several do so at once, a database may not know what came of
   * it; then it is sent again, and finds what it wrote itself.
   *
   * @return empty if it took effect; else what was found instead, which may be its own
   */
  public Optional<Row> conditional(Statement<?> statement) throws StoreException {
    AsyncResultSet answer = await(send(statement.setIdempotent(false)));
    return answer.wasApplied() ? Optional.empty() : Optional.of(answer.one());
  }

  /** Waits for an answer, also through an interrupt: what was sent may take effect. */
  public static <T> T await(CompletionStage<T> answer) throws StoreException {
    try {
      return answer.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw failed(cause(e));
    }
  }

  /** Waits for all answers, also if one of them is a failure. */
  public static void awaitAll(Stream<? extends CompletionStage<?>> answers) throws StoreException {
    await(all(answers));
  }

  /** Completed when all answers are there; fails if one of them is a failure. */
  public static CompletableFuture<Void> all(Stream<? extends CompletionStage<?>> answers) {
    return CompletableFuture.allOf(
        answers.map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** For clients: no addresses in it. */
  private static StoreException failed(Throwable cause) {
    if (cause instanceof StoreException e) {
      return e;
    }
    return cause instanceof OverloadedException || cause instanceof BusyConnectionException
        ? new StoreException(Kind.OVERLOADED, "the hot store is overloaded", cause)
        : new StoreException(Kind.UNAVAILABLE, "the hot store does not answer as it should", cause);
  }
}
