package io.flowcore.worker.http.transport;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * An answer whose writes have a deadline. What is written should come in large pieces; what is
 * larger than 256 KiB goes out in several, so that a slow client has the deadline for each of them.
 */
public final class DeadlineOutputStream extends FilterOutputStream {
  private static final int PIECE = 256 << 10;

  private final WriteDeadline deadline;

  public DeadlineOutputStream(OutputStream out, WriteDeadline deadline) {
    super(out);
    this.deadline = deadline;
  }

  @Override
  public void write(int b) throws IOException {
    deadline.watch(() -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; done += PIECE) {
      int from = offset + done;
      int piece = Math.min(PIECE, length - done);
      deadline.watch(() -> out.write(bytes, from, piece));
    }
  }

  @Override
  public void flush() throws IOException {
    deadline.watch(out::flush);
  }

  @Override
  public void close() throws IOException {
    deadline.watch(out::close);
  }
}
