package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserStackTest {
  private final List<String> closed = new ArrayList<>();
  private final CloserStack parts = new CloserStack();

  private AutoCloseable part(String name) {
    return () -> closed.add(name);
  }

  private AutoCloseable failing(String name) {
    return () -> {
      closed.add(name);
      throw new IOException(name + " failed");
    };
  }

  /** Starts components as a worker does. The last step throws. */
  private void start(AutoCloseable... started) {
    try {
      for (AutoCloseable part : started) {
        parts.push(part);
      }
      throw new IllegalArgumentException("the last step failed");
    } catch (IllegalArgumentException e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private Throwable failureOf(AutoCloseable... started) {
    try {
      start(started);
      throw new AssertionError("the start did not fail");
    } catch (IllegalArgumentException e) {
      return e;
    }
  }

  @Test
  void closesComponentsInReverseOrder() {
    parts.push(part("metrics"));
    parts.push(part("store"));
    parts.push(part("server"));

    parts.close();

    assertThat(closed).containsExactly("server", "store", "metrics");
  }

  @Test
  void closesEverythingInReverseOrderWhenALaterStepThrows() {
    Throwable failure = failureOf(part("metrics"), part("store"), part("catalog"));

    assertThat(closed).containsExactly("catalog", "store", "metrics");
    assertThat(failure).hasMessage("the last step failed").hasNoSuppressedExceptions();
  }

  @Test
  void aComponentThatFailsToCloseDoesNotKeepTheOthersOpen() {
    Throwable failure = failureOf(part("metrics"), failing("store"), failing("catalog"));

    assertThat(closed).containsExactly("catalog", "store", "metrics");
    assertThat(failure.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("catalog failed", "store failed");
  }

  @Test
  void reportsComponentsThatFailToCloseAfterClosingTheOthers() {
    parts.push(part("metrics"));
    parts.push(failing("store"));

    assertThatIllegalStateException()
        .isThrownBy(parts::close)
        .satisfies(failure ->
            assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("store failed"));
    assertThat(closed).containsExactly("store", "metrics");
  }

  @Test
  void closesEachComponentOnce() {
    parts.push(part("store"));

    parts.close();
    parts.close();

    assertThat(closed).containsExactly("store");
  }
}
