package io.flowcore.worker.http.transport;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * A request body with a deadline for the whole body. A read timeout of the socket alone does not
 * stop a client that sends one byte at a time.
 */
final class DeadlineInputStream extends FilterInputStream {
  private final Duration timeout;
  private final long started = System.nanoTime();

  DeadlineInputStream(InputStream in, Duration timeout) {
    super(in);
    this.timeout = timeout;
  }

  @Override
  public int read() throws IOException {
    requireTimeLeft();
    return super.read();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    requireTimeLeft();
    return super.read(target, offset, length);
  }

  private void requireTimeLeft() {
    if (System.nanoTime() - started > timeout.toNanos()) {
      throw BodyReader.timedOut(timeout);
    }
  }
}
