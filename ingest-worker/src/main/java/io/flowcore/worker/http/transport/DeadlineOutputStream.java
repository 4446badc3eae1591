package io.flowcore.worker.http.transport;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A response body whose writes have a deadline. A write of more than 256 KiB is split, so that a
 * slow client has the full deadline for each piece. Callers should write large pieces, since each
 * write is tracked.
 */
public final class DeadlineOutputStream extends FilterOutputStream {
  private static final int MAX_PIECE_BYTES = 256 << 10;

  private final WriteDeadline deadline;

  /** Creates a stream that writes to another stream under a deadline. */
  public DeadlineOutputStream(OutputStream out, WriteDeadline deadline) {
    super(out);
    this.deadline = deadline;
  }

  @Override
  public void write(int b) throws IOException {
    deadline.enforce(() -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int written = 0; written < length; written += MAX_PIECE_BYTES) {
      int from = offset + written;
      int piece = Math.min(MAX_PIECE_BYTES, length - written);
      deadline.enforce(() -> out.write(bytes, from, piece));
    }
  }

  @Override
  public void flush() throws IOException {
    deadline.enforce(out::flush);
  }

  @Override
  public void close() throws IOException {
    deadline.enforce(out::close);
  }
}
