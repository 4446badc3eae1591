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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of one request as it arrives from the client, before decompression. Helidon opens the
 * stream of a body only once. An error response may have to read the rest of a body that a handler
 * has started to read, so the open stream is kept in the context of the request.
 */
public final class RequestBody {
  private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);

  private final ServerRequest request;
  private Optional<InputStream> stream = Optional.empty();
  private boolean ended;

  private RequestBody(ServerRequest request) {
    this.request = request;
  }

  /** Returns the body of a request, the same object for each call. */
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

  /** Returns whether the request has a body that has not been read to its end. */
  public boolean hasUnreadBytes() {
    return request.content().hasEntity() && !ended;
  }

  /** Returns the stream of the body, which continues where the last reader stopped. */
  InputStream open() {
    if (stream.isEmpty()) {
      stream = Optional.of(new WireStream(request.content().inputStream()));
    }
    return stream.get();
  }

  /**
   * Reads and drops the rest of the body, within bounds. Closing a socket that has unread bytes
   * resets the connection, and the client may then not receive the response.
   *
   * @return whether the end of the body was reached
   */
  private boolean discard(long maxBytes, long maxNanos) throws IOException {
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

  /** Discards as {@link #discard} does; a body that cannot be read was not discarded. */
  public boolean tryDiscard(long maxBytes, long maxNanos) {
    try {
      return discard(maxBytes, maxNanos);
    } catch (IOException | ApiException e) {
      LOG.debug("The rest of a body could not be read", e);
      return false;
    }
  }

  /** Records the end of the body, and reports broken connections as {@link IOException}. */
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
            new EOFException("the client disconnected before the end of its body").initCause(e);
      } catch (IllegalArgumentException
          | RequestException
          | DataReader.IncorrectNewLineException e) {
        throw new ApiException(
            ErrorCode.BAD_REQUEST,
            "the chunked body is malformed; chunk extensions and trailers are not supported");
      } catch (ServerConnectionException e) {
        throw e.getCause() instanceof UncheckedIOException broken
            ? broken.getCause()
            : new IOException(e);
      }
    }

    /** Does nothing: the rest of a rejected body is read after this. */
    @Override
    public void close() {}
  }
}
