package io.flowcore.worker.background;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Logs the failures of a task that is repeated: the first one, then one line a minute, and the
 * first success. While a store is unavailable, a task fails every second for hours. Thread-safe.
 */
public final class FailureLog {
  private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final String failure;
  private long failures;
  private long loggedNanos;

  /**
   * Creates a log.
   *
   * @param failure what failed and what that means, as the start of a line
   */
  public FailureLog(Logger log, String failure) {
    this.log = log;
    this.failure = failure;
  }

  /** Records a failure. Only one that no part expects is logged with its stack trace. */
  public synchronized void failed(Exception cause) {
    failures++;
    long now = System.nanoTime();
    if (failures > 1 && now - loggedNanos < REPEAT_NANOS) {
      return;
    }
    loggedNanos = now;
    if (cause instanceof RuntimeException) {
      log.error("{}; failed {} times in a row", failure, failures, cause);
    } else {
      log.warn("{}; failed {} times in a row: {}", failure, failures, describe(cause));
    }
  }

  /** Records a success. */
  public synchronized void succeeded() {
    if (failures > 0) {
      log.info("Succeeded again after {} failures: {}", failures, failure);
      failures = 0;
    }
  }

  /** Returns the messages of an exception and its causes in one line. */
  public static String describe(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.add(
          Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName())
              .replaceAll("\\s+", " "));
    }
    return String.join(": ", messages);
  }
}
