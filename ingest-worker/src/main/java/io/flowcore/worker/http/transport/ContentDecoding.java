package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Undoes {@code Content-Encoding}: gzip (with any number of members), deflate (zlib-wrapped as RFC
 * 9110 has it, or raw as some senders do) and identity. Reads no more than it is asked for, so that
 * limits hold while inflating.
 */
final class ContentDecoding {
  private static final int BUFFER = 8 << 10;

  /** Beyond this size a body may have so many times the bytes that came over the wire. */
  private static final int MAX_RATIO = 200;

  private static final long FREE_BYTES = 1 << 20;

  private ContentDecoding() {}

  /**
   * Decompresses as it is read.
   *
   * @throws RequestRefused if the encoding is none that is understood; later, while reading, if a
   *     body inflates as no honest one does
   */
  static InputStream decode(Optional<String> encoding, InputStream body) throws IOException {
    String name = encoding.map(text -> text.strip().toLowerCase(Locale.ROOT)).orElse("identity");
    return switch (name) {
      case "", "identity" -> body;
      case "gzip", "x-gzip" -> {
        CountingStream wire = new CountingStream(body);
        yield new RatioLimitedStream(
            new GZIPInputStream(new MemberAwareStream(wire), BUFFER), wire);
      }
      case "deflate" -> {
        CountingStream wire = new CountingStream(body);
        yield new RatioLimitedStream(inflate(new BufferedInputStream(wire, BUFFER)), wire);
      }
      default ->
          throw new ApiException(
              ErrorCode.UNSUPPORTED_ENCODING,
              "Content-Encoding is '" + name + "'; gzip, deflate and identity are understood");
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
   * Frees the native memory of its inflater, and takes nothing behind the end of the compressed
   * data.
   */
  private static final class ReleasingInflaterStream extends InflaterInputStream {
    ReleasingInflaterStream(InputStream in, Inflater inflater) {
      super(in, inflater, BUFFER);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      if (count < 0 && (inf.getRemaining() > 0 || in.read() >= 0)) {
        throw new java.util.zip.ZipException("something follows the compressed data");
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }

  /**
   * {@link GZIPInputStream} looks for a further member only if {@code available()} says that there
   * are bytes. A network stream says 0 while they are on their way, and the rest of the body would
   * be dropped without a word.
   */
  private static final class MemberAwareStream extends FilterInputStream {
    MemberAwareStream(InputStream in) {
      super(new BufferedInputStream(in, BUFFER));
    }

    @Override
    public int available() throws IOException {
      in.mark(1);
      int next = in.read();
      in.reset();
      return next < 0 ? 0 : 1;
    }
  }

  /** Counts what came over the wire. */
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

  /** Gives up on a body that is made to cost much: text compresses to a fiftieth at best. */
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
      check(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      check(Math.max(read, 0));
      return read;
    }

    private void check(int read) {
      count += read;
      if (count > FREE_BYTES && count > wire.count * MAX_RATIO) {
        throw new ApiException(
            ErrorCode.REQUEST_TOO_LARGE,
            "the body inflates to more than "
                + MAX_RATIO
                + " times its size, which is the limit beyond "
                + FREE_BYTES
                + " bytes");
      }
    }
  }
}
