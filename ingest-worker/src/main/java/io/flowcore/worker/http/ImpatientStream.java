package io.flowcore.worker.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An answer to a client that may stop reading it. Sockets have no write timeout; a thread that
 * waits in a write for longer than allowed is interrupted, which closes its connection. Used by one
 * thread; what is written should come in large pieces.
 */
final class ImpatientStream extends FilterOutputStream {
  private final ScheduledExecutorService watchdog;
  private final Duration patience;

  /** Allows each write so long. */
  ImpatientStream(OutputStream out, ScheduledExecutorService watchdog, Duration patience) {
    super(out);
    this.watchdog = watchdog;
    this.patience = patience;
  }

  private enum State {
    WRITING,
    WRITTEN,
    GIVEN_UP
  }

  private interface Write {
    void run() throws IOException;
  }

  @Override
  public void write(int b) throws IOException {
    watched(() -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    watched(() -> out.write(bytes, offset, length));
  }

  @Override
  public void flush() throws IOException {
    watched(out::flush);
  }

  @Override
  public void close() throws IOException {
    watched(out::close);
  }

  private void watched(Write write) throws IOException {
    Thread writer = Thread.currentThread();
    AtomicReference<State> state = new AtomicReference<>(State.WRITING);
    ScheduledFuture<?> alarm =
        watchdog.schedule(
            () -> {
              if (state.compareAndSet(State.WRITING, State.GIVEN_UP)) {
                writer.interrupt();
              }
            },
            patience.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      write.run();
    } finally {
      alarm.cancel(false);
      if (!state.compareAndSet(State.WRITING, State.WRITTEN)) {
        awaitInterrupt();
      }
    }
    if (state.get() == State.GIVEN_UP) {
      throw new IOException(
          "the client did not read its answer within " + patience.toSeconds() + " s");
    }
  }

  /**
   * The alarm has gone off, or is about to: its interrupt must not hit what this thread does next.
   */
  private static void awaitInterrupt() {
    while (!Thread.interrupted()) {
      Thread.onSpinWait();
    }
  }
}
