package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Decodes {@code Content-Encoding}: gzip (see {@link GzipMembers}), deflate (in the zlib format
 * that RFC 9110 requires, or raw as some clients send it) and identity. Reads no more than the
 * caller requests, so that limits apply during decompression.
 */
final class ContentDecoding {
  private static final int BUFFER = 8 << 10;

  /**
   * Maximum ratio of decompressed to compressed bytes for bodies over {@link #MIN_LIMITED_BYTES}.
   * JSON text compresses to a fiftieth at best.
   */
  private static final int MAX_RATIO = 200;

  private static final long MIN_LIMITED_BYTES = 1 << 20;

  private ContentDecoding() {}

  /**
   * Returns a stream that decompresses the body while it is read.
   *
   * @throws ApiException if the encoding is not supported. The stream throws it if the ratio of
   *     decompressed to compressed bytes exceeds the limit
   */
  static InputStream decode(Optional<String> encoding, InputStream body) throws IOException {
    String name = encoding.map(text -> text.strip().toLowerCase(Locale.ROOT)).orElse("identity");
    return switch (name) {
      case "", "identity" -> body;
      case "gzip", "x-gzip" -> {
        CountingStream wire = new CountingStream(body);
        yield new RatioLimitedStream(new GzipMembers(wire, BUFFER), wire);
      }
      case "deflate" -> {
        CountingStream wire = new CountingStream(body);
        yield new RatioLimitedStream(inflate(new BufferedInputStream(wire, BUFFER)), wire);
      }
      default ->
          throw new ApiException(
              ErrorCode.UNSUPPORTED_ENCODING,
              "Content-Encoding is '" + name + "'; use gzip, deflate or identity");
    };
  }

  private static InputStream inflate(BufferedInputStream body) throws IOException {
    body.mark(2);
    int method = body.read();
    int flags = body.read();
    body.reset();
    // RFC 1950 §2.2: method 8 in the low bits, and the two bytes are a multiple of 31.
    boolean wrapped =
        method >= 0 && flags >= 0 && (method & 0x0F) == 8 && ((method << 8) | flags) % 31 == 0;
    return new ReleasingInflaterStream(body, new Inflater(!wrapped));
  }

  /**
   * Frees the native memory of its inflater, and rejects data after the end of the compressed
   * stream.
   */
  private static final class ReleasingInflaterStream extends InflaterInputStream {
    ReleasingInflaterStream(InputStream in, Inflater inflater) {
      super(in, inflater, BUFFER);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      if (count < 0 && (inf.getRemaining() > 0 || in.read() >= 0)) {
        throw new ZipException("data follows the end of the compressed stream");
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }

  /** Counts the compressed bytes. */
  private static final class CountingStream extends FilterInputStream {
    private long count;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count += next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count += Math.max(read, 0);
      return read;
    }
  }

  /** Rejects a body that decompresses to far more than its compressed size (a zip bomb). */
  private static final class RatioLimitedStream extends FilterInputStream {
    private final CountingStream wire;
    private long count;

    RatioLimitedStream(InputStream in, CountingStream wire) {
      super(in);
      this.wire = wire;
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      checkRatio(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      checkRatio(Math.max(read, 0));
      return read;
    }

    private void checkRatio(int read) {
      count += read;
      if (count > MIN_LIMITED_BYTES && count > wire.count * MAX_RATIO) {
        throw new ApiException(
            ErrorCode.REQUEST_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "the body decompresses to more than %d times its compressed size, the limit for bodies over %,d bytes; send it without compression",
                MAX_RATIO,
                MIN_LIMITED_BYTES));
      }
    }
  }
}
