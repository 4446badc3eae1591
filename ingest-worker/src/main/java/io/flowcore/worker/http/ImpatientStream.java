package io.flowcore.worker.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** An answer whose writes have a deadline. What is written should come in large pieces. */
final class ImpatientStream extends FilterOutputStream {
  private final WriteDeadline deadline;

  ImpatientStream(OutputStream out, WriteDeadline deadline) {
    super(out);
    this.deadline = deadline;
  }

  @Override
  public void write(int b) throws IOException {
    deadline.watch(() -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    deadline.watch(() -> out.write(bytes, offset, length));
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
