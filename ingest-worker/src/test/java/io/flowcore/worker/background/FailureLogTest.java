package io.flowcore.worker.background;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FailureLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(FailureLogTest.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final FailureLog failures = new FailureLog(logger, "Could not store it");

  @BeforeEach
  void record() {
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  private List<String> texts() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void anOutageOfAMinuteIsOneLineWithoutAStackTraceAndItsEndIsAnother() {
    for (int second = 0; second < 60; second++) {
      failures.failed(
          new IOException("the object a cannot be read", new IOException("connection\nrefused")));
    }
    failures.succeeded();
    failures.succeeded();

    assertThat(texts())
        .containsExactly(
            "Could not store it; failed 1 times in a row:"
                + " the object a cannot be read: connection refused",
            "Succeeded again after 60 failures: Could not store it");
    assertThat(lines.list).allSatisfy(line -> assertThat(line.getThrowableProxy()).isNull());
  }

  @Test
  void aFailureThatNoPartExpectsKeepsItsStackTrace() {
    failures.failed(new IllegalStateException("a bug"));

    assertThat(lines.list)
        .singleElement()
        .satisfies(line -> assertThat(line.getThrowableProxy()).isNotNull());
  }

  @Test
  void aNewOutageIsLoggedAtOnce() {
    failures.failed(new IOException("first"));
    failures.succeeded();
    failures.failed(new IOException("second"));

    assertThat(texts()).hasSize(3).last().asString().contains("second");
  }
}
