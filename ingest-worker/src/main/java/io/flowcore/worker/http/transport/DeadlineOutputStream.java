package io.flowcore.worker.http.transport;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A response body whose client must read at a minimum rate. A write of more than 64 KiB is split,
 * and each piece has a deadline. Callers should write large pieces, since each write is tracked.
 */
public final class DeadlineOutputStream extends FilterOutputStream {
  private static final int MAX_PIECE_BYTES = 64 << 10;

  private final WriteDeadline deadline;
  private final ReadRate rate = new ReadRate();

  /** Creates a stream that writes to another stream under a deadline. */
  public DeadlineOutputStream(OutputStream out, WriteDeadline deadline) {
    super(out);
    this.deadline = deadline;
  }

  @Override
  public void write(int b) throws IOException {
    enforce(1, () -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int written = 0; written < length; written += MAX_PIECE_BYTES) {
      int from = offset + written;
      int piece = Math.min(MAX_PIECE_BYTES, length - written);
      enforce(piece, () -> out.write(bytes, from, piece));
    }
  }

  @Override
  public void flush() throws IOException {
    enforce(0, out::flush);
  }

  @Override
  public void close() throws IOException {
    enforce(0, out::close);
  }

  private void enforce(int bytes, WriteDeadline.WriteAction action) throws IOException {
    long started = System.nanoTime();
    deadline.enforce(rate.allowedNanos(bytes), action);
    rate.written(bytes, System.nanoTime() - started);
  }
}
