package io.flowcore.worker.http.transport;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Ends a body that trickles in: a read timeout of the socket alone lets a sender take for ever,
 * byte by byte.
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
    check();
    return super.read();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    check();
    return super.read(target, offset, length);
  }

  private void check() {
    if (System.nanoTime() - started > timeout.toNanos()) {
      throw BodyReader.tooSlow(timeout);
    }
  }
}
