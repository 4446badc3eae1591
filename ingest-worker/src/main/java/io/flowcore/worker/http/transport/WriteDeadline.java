package io.flowcore.worker.http.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stops writes to clients that do not read their responses. Sockets have no write timeout; a thread
 * that is blocked in a write for longer than the timeout is interrupted, which closes the
 * connection.
 *
 * <p>A watchdog checks all writes four times per timeout. A write therefore costs only an entry in
 * a set, and is stopped up to a quarter of the timeout late.
 */
public final class WriteDeadline implements AutoCloseable {
  private static final int CHECKS_PER_TIMEOUT = 4;

  private final Duration timeout;
  private final Set<Write> activeWrites = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService watchdog =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("response-watchdog").daemon().factory());

  /**
   * Starts the watchdog.
   *
   * @param timeout maximum time for each write
   */
  public WriteDeadline(Duration timeout) {
    this.timeout = timeout;
    long interval = Math.max(1, timeout.toMillis() / CHECKS_PER_TIMEOUT);
    var _ =
        watchdog.scheduleWithFixedDelay(
            this::interruptOverdueWrites, interval, interval, TimeUnit.MILLISECONDS);
  }

  /** A write that may block until the client reads. */
  public interface WriteAction {
    /** Performs the write. */
    void run() throws IOException;
  }

  /**
   * Runs a write and interrupts it if it exceeds the timeout.
   *
   * @throws IOException if the client does not read in time, or if the write itself fails
   */
  public void enforce(WriteAction action) throws IOException {
    enforce(timeout.toNanos(), action);
  }

  /**
   * Runs a write and interrupts it if it exceeds the timeout or another time.
   *
   * @throws IOException if the client does not read in time, or if the write itself fails
   */
  void enforce(long allowedNanos, WriteAction action) throws IOException {
    long allowed = Math.min(timeout.toNanos(), allowedNanos);
    Write write = new Write(Thread.currentThread(), System.nanoTime() + allowed);
    activeWrites.add(write);
    boolean interrupted = true;
    try {
      action.run();
    } finally {
      activeWrites.remove(write);
      interrupted = write.finish();
    }
    if (interrupted) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the client did not read the next part of its response within %.1f s",
              allowed / 1e9));
    }
  }

  private void interruptOverdueWrites() {
    long now = System.nanoTime();
    for (Write write : activeWrites) {
      if (now - write.deadline > 0) {
        write.interrupt();
      }
    }
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
  }

  private static final class Write {
    private final Thread writer;
    private final long deadline;
    private final AtomicReference<State> state = new AtomicReference<>(State.WRITING);

    private enum State {
      WRITING,
      WRITTEN,
      INTERRUPTING,
      INTERRUPTED
    }

    Write(Thread writer, long deadline) {
      this.writer = writer;
      this.deadline = deadline;
    }

    void interrupt() {
      if (state.compareAndSet(State.WRITING, State.INTERRUPTING)) {
        writer.interrupt();
        state.set(State.INTERRUPTED);
      }
    }

    /**
     * Ends the write and returns whether it was interrupted. Waits for an interrupt in progress and
     * clears it, so that it cannot reach what the thread does next.
     */
    boolean finish() {
      if (state.compareAndSet(State.WRITING, State.WRITTEN)) {
        return false;
      }
      while (state.get() != State.INTERRUPTED) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
      return true;
    }
  }
}
