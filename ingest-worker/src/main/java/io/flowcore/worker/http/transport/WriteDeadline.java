package io.flowcore.worker.http.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends writes to clients that don't read their answers. Sockets have no write timeout; a thread
 * that waits in a write for longer than allowed is interrupted, which closes its connection.
 *
 * <p>Writes are looked through at intervals: to be under watch costs a write no more than an entry
 * in a set, and it is ended up to a quarter later than allowed.
 */
public final class WriteDeadline implements AutoCloseable {
  private static final int LOOKS_PER_DEADLINE = 4;

  private final Duration patience;
  private final Set<Write> underWay = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService watchdog =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("answer-watchdog").daemon().factory());

  /** Allows each write so long. */
  public WriteDeadline(Duration patience) {
    this.patience = patience;
    long interval = Math.max(1, patience.toMillis() / LOOKS_PER_DEADLINE);
    var _ = watchdog.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
  }

  /** Something that may wait for a client. */
  public interface Writing {
    void run() throws IOException;
  }

  /**
   * Writes.
   *
   * @throws IOException if the client does not take it in time, or as the write itself does
   */
  public void watch(Writing writing) throws IOException {
    Write write = new Write(Thread.currentThread(), System.nanoTime());
    underWay.add(write);
    boolean givenUp = true;
    try {
      writing.run();
    } finally {
      underWay.remove(write);
      givenUp = write.end();
    }
    if (givenUp) {
      throw new IOException(
          "the client did not read its answer within " + patience.toSeconds() + " s");
    }
  }

  private void look() {
    long now = System.nanoTime();
    for (Write write : underWay) {
      if (now - write.started > patience.toNanos()) {
        write.giveUp();
      }
    }
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
  }

  private static final class Write {
    private final Thread writer;
    private final long started;
    private final AtomicReference<State> state = new AtomicReference<>(State.WRITING);

    private enum State {
      WRITING,
      WRITTEN,
      INTERRUPTING,
      INTERRUPTED
    }

    Write(Thread writer, long started) {
      this.writer = writer;
      this.started = started;
    }

    void giveUp() {
      if (state.compareAndSet(State.WRITING, State.INTERRUPTING)) {
        writer.interrupt();
        state.set(State.INTERRUPTED);
      }
    }

    /** Whether it was given up. The interrupt must not hit what its thread does next. */
    boolean end() {
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
