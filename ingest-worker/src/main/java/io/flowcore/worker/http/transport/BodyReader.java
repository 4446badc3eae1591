package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.limit.FairBudget;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipException;

/**
 * Reads request bodies. Each body has a limit in decompressed bytes and a deadline, and its memory
 * comes from a budget that all requests share.
 */
public final class BodyReader {
  /**
   * The largest buffer that a Content-Length alone can allocate. More memory is allocated only as
   * bytes arrive.
   */
  private static final int MAX_FIRST_BUFFER = 64 << 10;

  private static final int FIRST_BUFFER = 8 << 10;

  private final Duration timeout;

  /**
   * Creates a reader.
   *
   * @param timeout maximum time for a whole body in {@link #read}
   */
  public BodyReader(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * A body in memory.
   *
   * @param bytes an array that starts with the body; may be longer than the body
   * @param length length of the body in bytes
   */
  public record Body(byte[] bytes, int length) {}

  /**
   * The maximum size of a body.
   *
   * @param bytes maximum number of decompressed bytes
   * @param documentedBytes the documented limit, named in the error message; may be smaller than
   *     {@code bytes}
   * @param tooLarge the error code for a larger body
   */
  public record Limit(int bytes, int documentedBytes, ErrorCode tooLarge) {
    /** Returns a limit whose documented value is the enforced one. */
    public static Limit ofBytes(int bytes, ErrorCode tooLarge) {
      return new Limit(bytes, bytes, tooLarge);
    }
  }

  /**
   * Reads a whole body into memory.
   *
   * @param lease receives the memory of the body
   * @throws ApiException if the body is too large, arrives too slowly, or does not match its
   *     Content-Encoding
   * @throws UncheckedIOException if the client has disconnected
   */
  public Body read(ServerRequest request, Limit limit, FairBudget.Lease lease) {
    if (!request.content().hasEntity()) {
      return new Body(new byte[0], 0);
    }
    Optional<String> encoding = request.headers().first(HeaderNames.CONTENT_ENCODING);
    OptionalLong announced = request.headers().contentLength();
    if (encoding.isEmpty() && announced.isPresent() && announced.getAsLong() > limit.bytes()) {
      throw new ApiException(
          limit.tooLarge(),
          String.format(
              Locale.ROOT,
              "the body has %,d bytes; the limit is %,d bytes; send a smaller body",
              announced.getAsLong(),
              limit.documentedBytes()));
    }
    int firstBuffer =
        encoding.isEmpty() && announced.isPresent()
            ? (int) Math.min(announced.getAsLong(), MAX_FIRST_BUFFER)
            : Math.min(FIRST_BUFFER, limit.bytes());
    return stream(request, timeout, in -> fill(in, Math.max(firstBuffer, 1), limit, lease));
  }

  /** Reads a decompressed body from its start to its end. */
  public interface StreamReader<T, E extends Exception> {
    /** Reads the body and returns the result. */
    public T read(InputStream body) throws IOException, E;
  }

  /**
   * Passes a decompressed body to a reader while it arrives.
   *
   * @param bodyTimeout maximum time for the whole body
   * @return the result of the reader
   * @throws ApiException if the body arrives too slowly or does not match its Content-Encoding
   * @throws UncheckedIOException if the client has disconnected
   */
  public <T, E extends Exception> T stream(
      ServerRequest request, Duration bodyTimeout, StreamReader<T, E> reader) throws E {
    Optional<String> encoding = request.headers().first(HeaderNames.CONTENT_ENCODING);
    InputStream wire = new DeadlineInputStream(RequestBody.of(request).open(), bodyTimeout);
    try (InputStream in = ContentDecoding.decode(encoding, wire)) {
      return reader.read(in);
    } catch (ZipException e) {
      throw new ApiException(
          ErrorCode.INVALID_ENCODING,
          "the body does not match its Content-Encoding: "
              + e.getMessage()
              + "; compress it again, or remove the header if it is not compressed");
    } catch (EOFException e) {
      throw encoding.isPresent()
          ? new ApiException(
              ErrorCode.INVALID_ENCODING,
              "the compressed body is truncated; send the complete compressed data")
          : new UncheckedIOException(e);
    } catch (SocketTimeoutException e) {
      throw timedOut(timeout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Body fill(InputStream in, int firstBuffer, Limit limit, FairBudget.Lease lease)
      throws IOException {
    lease.take(firstBuffer);
    byte[] buffer = new byte[firstBuffer];
    int length = 0;
    while (true) {
      if (length == buffer.length) {
        int next = in.read();
        if (next < 0) {
          return new Body(buffer, length);
        }
        if (length == limit.bytes()) {
          throw new ApiException(
              limit.tooLarge(),
              String.format(
                  Locale.ROOT,
                  "the body exceeds the limit of %,d bytes; send a smaller body",
                  limit.documentedBytes()));
        }
        int larger = (int) Math.min(limit.bytes(), Math.max(FIRST_BUFFER, buffer.length * 2L));
        lease.take(larger);
        lease.giveBack(buffer.length);
        buffer = Arrays.copyOf(buffer, larger);
        buffer[length++] = (byte) next;
      } else {
        int count = in.read(buffer, length, buffer.length - length);
        if (count < 0) {
          return new Body(buffer, length);
        }
        length += count;
      }
    }
  }

  static ApiException timedOut(Duration timeout) {
    return new ApiException(
        ErrorCode.REQUEST_TIMEOUT,
        "the body did not arrive within "
            + timeout.toSeconds()
            + " seconds; send the request again, faster or with less data");
  }
}
