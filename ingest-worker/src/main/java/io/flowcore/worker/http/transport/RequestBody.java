package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * The body of one request as it comes from the wire. The server lets it be opened once; whoever
 * refuses a request half-way still has to get at the rest, so the open stream is kept with the
 * request.
 */
public final class RequestBody {
  private final ServerRequest request;
  private Optional<InputStream> stream = Optional.empty();
  private boolean ended;

  private RequestBody(ServerRequest request) {
    this.request = request;
  }

  /** The body of a request, the same object each time. */
  public static RequestBody of(ServerRequest request) {
    return request
        .context()
        .get(RequestBody.class)
        .orElseGet(() -> {
          RequestBody body = new RequestBody(request);
          request.context().register(body);
          return body;
        });
  }

  /** Whether there is anything that has not been read to its end. */
  public boolean unread() {
    return request.content().hasEntity() && !ended;
  }

  InputStream open() {
    if (stream.isEmpty()) {
      stream = Optional.of(new WireStream(request.content().inputStream()));
    }
    return stream.get();
  }

  /**
   * Reads what is left, within bounds. Closing a socket with unread bytes in it resets the
   * connection, and the sender would see that instead of the answer.
   *
   * @return whether all was read
   */
  public boolean discard(long maxBytes, long maxNanos) throws IOException {
    long deadline = System.nanoTime() + maxNanos;
    byte[] buffer = new byte[8 << 10];
    InputStream rest = open();
    long total = 0;
    while (total < maxBytes && System.nanoTime() < deadline) {
      int count = rest.read(buffer);
      if (count < 0) {
        return true;
      }
      total += count;
    }
    return false;
  }

  /** Notes the end, and speaks of broken connections as any stream does. */
  private final class WireStream extends FilterInputStream {
    WireStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        int count = super.read(target, offset, length);
        ended |= count < 0;
        return count;
      } catch (DataReader.InsufficientDataAvailableException e) {
        throw (EOFException)
            new EOFException("the sender went away in the middle of its body").initCause(e);
      } catch (IllegalArgumentException
          | RequestException
          | DataReader.IncorrectNewLineException e) {
        throw new ApiException(
            ErrorCode.BAD_REQUEST,
            "the chunks of the body can't be read; extensions and trailers are not understood");
      } catch (ServerConnectionException e) {
        throw e.getCause() instanceof UncheckedIOException broken
            ? broken.getCause()
            : new IOException(e);
      }
    }

    /** Stays open: the rest of a refused body is read after this. */
    @Override
    public void close() {}
  }
}
