package io.flowcore.worker.http;

import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
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

  private ContentDecoding() {}

  static InputStream decode(Optional<String> encoding, InputStream body) throws IOException {
    String name = encoding.map(text -> text.strip().toLowerCase(Locale.ROOT)).orElse("identity");
    return switch (name) {
      case "", "identity" -> body;
      case "gzip", "x-gzip" -> new GZIPInputStream(new MemberAwareStream(body), BUFFER);
      case "deflate" -> inflate(new BufferedInputStream(body, BUFFER));
      default ->
          throw new RequestRefused(
              ErrorCode.unsupported_encoding,
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
}
