package io.flowcore.worker.store.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.NoNodeAvailableException;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.ReadFailureException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several workers that start together see failures that pass by themselves. */
class SchemaCreatorTest {
  private static final Node NODE =
      (Node)
          Proxy.newProxyInstance(
              Node.class.getClassLoader(),
              new Class<?>[] {Node.class},
              (proxy, method, arguments) -> method.getName().equals("toString") ? "node" : null);

  static Stream<Throwable> transientFailures() {
    return Stream.of(
        new ReadFailureException(NODE, ConsistencyLevel.LOCAL_QUORUM, 1, 2, 1, false, Map.of()),
        new UnavailableException(NODE, ConsistencyLevel.LOCAL_QUORUM, 2, 1),
        new OverloadedException(NODE),
        new NoNodeAvailableException(),
        new DriverTimeoutException("timed out after PT10S"),
        new InvalidQueryException(NODE, "unconfigured table schema_state"),
        new InvalidQueryException(NODE, "Keyspace 'flowcore' does not exist"));
  }

  static Stream<Throwable> permanentFailures() {
    return Stream.of(
        new InvalidQueryException(NODE, "Undefined column name kept"),
        new SyntaxError(NODE, "no viable alternative"),
        new UnauthorizedException(NODE, "no CREATE permission"),
        new IllegalStateException("a bug"));
  }

  @ParameterizedTest
  @MethodSource("transientFailures")
  void aFailureOfNodesOrConnectionsIsRetried(Throwable failure) {
    assertThat(SchemaCreator.isTransient(failure)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("permanentFailures")
  void aRejectedStatementIsNotRetried(Throwable failure) {
    assertThat(SchemaCreator.isTransient(failure)).isFalse();
  }
}
