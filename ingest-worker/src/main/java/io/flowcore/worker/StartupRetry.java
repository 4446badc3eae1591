package io.flowcore.worker;

import io.flowcore.worker.store.StoreException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats a step of the start until it succeeds. A worker does not end because a database is slow
 * to come: it would only be restarted, with longer and longer pauses. It logs what it waits for
 * when that changes, and once a minute.
 */
final class StartupRetry {
  private static final Logger LOG = LoggerFactory.getLogger(StartupRetry.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(10);
  private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Causes that take turns, as those of several nodes, are logged at most this often. */
  private static final long CHANGE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String what;
  private final Consumer<String> observer;
  private long lastLoggedNanos;
  private String lastLogged = "";

  /**
   * Creates a retry.
   *
   * @param what the step waits for, such as {@code the hot store}
   * @param observer receives the reason of the wait after each failed attempt
   */
  StartupRetry(String what, Consumer<String> observer) {
    this.what = what;
    this.observer = observer;
  }

  /** Opens something that may not be available yet. */
  interface Step<T> {
    T run() throws StoreException;
  }

  /**
   * Runs a step until it succeeds.
   *
   * @throws StoreException if a retry cannot help
   * @throws InterruptedException if the thread is interrupted
   */
  <T> T run(Step<T> step) throws StoreException, InterruptedException {
    long started = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        T result = step.run();
        if (!lastLogged.isEmpty()) {
          LOG.info("{} is available after {} s", capitalized(what), seconds(started));
        }
        return result;
      } catch (StoreException e) {
        if (Thread.interrupted()) {
          throw interrupted(e);
        }
        if (e.kind() == StoreException.Kind.UNUSABLE || e.kind() == StoreException.Kind.CORRUPT) {
          throw e;
        }
        report(e, started);
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
    }
  }

  private void report(StoreException e, long started) {
    observer.accept("waiting for " + what + ": " + e.getMessage());
    long sinceLogged = System.nanoTime() - lastLoggedNanos;
    boolean due =
        lastLogged.isEmpty()
            || sinceLogged >= REPEAT_NANOS
            || (!lastLogged.equals(e.getMessage()) && sinceLogged >= CHANGE_NANOS);
    if (due) {
      LOG.warn(
          "Waiting for {} for {} s: {}; the worker retries until it succeeds",
          what,
          seconds(started),
          e.getMessage());
      lastLogged = e.getMessage();
      lastLoggedNanos = System.nanoTime();
    }
  }

  private static InterruptedException interrupted(StoreException cause) {
    InterruptedException interrupted = new InterruptedException("the start was interrupted");
    interrupted.initCause(cause);
    return interrupted;
  }

  private static long seconds(long startedNanos) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedNanos);
  }

  private static String capitalized(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
