package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.limit.MemoryBudget;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipException;

/**
 * Reads bodies into memory: within a limit of decompressed bytes, a deadline, and the budget of the
 * whole process.
 */
public final class BodyReader {
  /** What a sender announces is not believed further than this: memory is taken as bytes come. */
  private static final int MAX_FIRST_BUFFER = 64 << 10;

  private static final int FIRST_BUFFER = 8 << 10;

  private final Duration timeout;

  /** Gives a sender so long for a whole body. */
  public BodyReader(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * A body.
   *
   * @param bytes holds it at the beginning; may be longer
   */
  public record Body(byte[] bytes, int length) {}

  /**
   * How large a body may be.
   *
   * @param bytes decompressed bytes at most
   * @param named the limit that a sender knows, for the message
   * @param tooLarge the code for a body beyond it
   */
  public record Limit(int bytes, int named, ErrorCode tooLarge) {
    public static Limit of(int bytes, ErrorCode tooLarge) {
      return new Limit(bytes, bytes, tooLarge);
    }
  }

  /**
   * Reads a whole body.
   *
   * @throws RequestRefused too large, too slow, or not what its encoding says
   * @throws UncheckedIOException if the sender went away
   */
  public Body read(ServerRequest request, Limit limit, MemoryBudget.Lease lease) {
    if (!request.content().hasEntity()) {
      return new Body(new byte[0], 0);
    }
    Optional<String> encoding = request.headers().first(HeaderNames.CONTENT_ENCODING);
    OptionalLong announced = request.headers().contentLength();
    if (encoding.isEmpty() && announced.isPresent() && announced.getAsLong() > limit.bytes()) {
      throw new ApiException(
          limit.tooLarge(),
          "the body has " + announced.getAsLong() + " bytes; the limit is " + limit.named());
    }
    int firstBuffer =
        encoding.isEmpty() && announced.isPresent()
            ? (int) Math.min(announced.getAsLong(), MAX_FIRST_BUFFER)
            : Math.min(FIRST_BUFFER, limit.bytes());
    return stream(request, timeout, in -> fill(in, Math.max(firstBuffer, 1), limit, lease));
  }

  /** Takes a decoded body from its beginning to its end. */
  public interface StreamReader<T, E extends Exception> {
    public T read(InputStream body) throws IOException, E;
  }

  /**
   * Hands out a body as it comes, decompressed.
   *
   * @param atMost how long the whole body may take
   * @throws RequestRefused too slow, or not what its encoding says
   * @throws UncheckedIOException if the sender went away
   */
  public <T, E extends Exception> T stream(
      ServerRequest request, Duration atMost, StreamReader<T, E> reader) throws E {
    Optional<String> encoding = request.headers().first(HeaderNames.CONTENT_ENCODING);
    InputStream wire = new TimedStream(RequestBody.of(request).open(), atMost);
    try (InputStream in = ContentDecoding.decode(encoding, wire)) {
      return reader.read(in);
    } catch (ZipException e) {
      throw new ApiException(
          ErrorCode.INVALID_ENCODING,
          "the body is not what Content-Encoding says: " + e.getMessage());
    } catch (EOFException e) {
      throw encoding.isPresent()
          ? new ApiException(ErrorCode.INVALID_ENCODING, "the compressed body ends before its end")
          : new UncheckedIOException(e);
    } catch (SocketTimeoutException e) {
      throw tooSlow(timeout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Body fill(InputStream in, int firstBuffer, Limit limit, MemoryBudget.Lease lease)
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
              "the body is larger than " + limit.named() + " bytes, which is the limit");
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

  static ApiException tooSlow(Duration timeout) {
    return new ApiException(
        ErrorCode.REQUEST_TIMEOUT,
        "the body did not come within " + timeout.toSeconds() + " seconds");
  }
}
