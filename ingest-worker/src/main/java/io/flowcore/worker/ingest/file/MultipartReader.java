package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Splits a multipart body (RFC 2046 §5.1.1) into its parts while it is received. Nothing is dropped
 * silently: a form ends only at its closing boundary, and a line that starts with the boundary must
 * be a complete boundary line. Blanks at the end of such a line are padding.
 */
final class MultipartReader {
  private static final int MAX_BOUNDARY_LENGTH = 70;
  private static final int MAX_PREAMBLE_BYTES = 64 << 10;
  private static final int MAX_EPILOGUE_BYTES = 64 << 10;
  private static final int MAX_PART_HEADER_BYTES = 8 << 10;
  private static final int MAX_PADDING_BYTES = 1 << 10;
  private static final int BUFFER_BYTES = 64 << 10;

  private static final byte[] LINE_END = {'\r', '\n'};

  private final InputStream body;

  /** A line end, two hyphens and the boundary. */
  private final byte[] delimiter;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;
  private boolean ended;
  private boolean inPart;
  private boolean closed;

  /**
   * Creates a reader.
   *
   * @param boundary the boundary that the Content-Type names
   * @throws ApiException if the boundary is empty or has more than 70 bytes
   */
  MultipartReader(InputStream body, byte[] boundary) {
    if (boundary.length == 0 || boundary.length > MAX_BOUNDARY_LENGTH) {
      throw invalid(
          "the boundary in the Content-Type has "
              + boundary.length
              + " characters; use 1 to "
              + MAX_BOUNDARY_LENGTH);
    }
    this.body = body;
    this.delimiter = ("\r\n--" + new String(boundary, ISO_8859_1)).getBytes(ISO_8859_1);
    // The first boundary may be at the start of the body. This line end makes it like the others.
    System.arraycopy(LINE_END, 0, buffer, 0, LINE_END.length);
    limit = LINE_END.length;
  }

  /**
   * Moves to the next part, past the content of the current one.
   *
   * @return the header lines of the part, each with its line end; empty after the last part, or if
   *     the body contains no boundary at all
   * @throws ApiException if the body is not a valid form
   * @throws IOException if the body cannot be read
   */
  Optional<byte[]> nextPart() throws IOException {
    if (inPart) {
      content().transferTo(OutputStream.nullOutputStream());
    } else if (closed || !skipPreamble()) {
      return Optional.empty();
    }
    readBoundaryLine();
    inPart = !closed;
    return closed ? Optional.empty() : Optional.of(readHeaders());
  }

  /** Returns the content of the current part. Reads throw the exceptions of {@link #nextPart}. */
  InputStream content() {
    return new Content();
  }

  /**
   * Reads the epilogue to the end of the body. This also verifies the checksum of a compressed
   * body.
   *
   * @throws ApiException if the epilogue exceeds 64 KiB
   */
  void readEpilogue() throws IOException {
    long bytes = (long) limit - position;
    position = limit;
    while (bytes <= MAX_EPILOGUE_BYTES && fill()) {
      bytes += limit - position;
      position = limit;
    }
    if (bytes > MAX_EPILOGUE_BYTES) {
      throw tooLong("the data after the last boundary", MAX_EPILOGUE_BYTES);
    }
  }

  /** Returns false if the body ends before its first boundary. */
  private boolean skipPreamble() throws IOException {
    // The line end that this reader puts before the body does not count.
    long skipped = -LINE_END.length;
    for (int count = nextContent(); count != 0; count = nextContent()) {
      if (count < 0) {
        closed = true;
        return false;
      }
      skipped += count;
      position += count;
      if (skipped > MAX_PREAMBLE_BYTES) {
        throw tooLong("the data before the first boundary", MAX_PREAMBLE_BYTES);
      }
    }
    return true;
  }

  /**
   * Returns how many bytes at the position are content for certain: 0 if a delimiter is at the
   * position, -1 if the body has ended.
   */
  private int nextContent() throws IOException {
    while (limit - position < delimiter.length && fill()) {
      // Content that is shorter than a delimiter can be the start of one.
    }
    if (position == limit) {
      return -1;
    }
    int last = ended ? limit : limit - delimiter.length + 1;
    for (int i = position; i < last; i++) {
      if (buffer[i] == '\r' && startsWithDelimiter(i)) {
        return i - position;
      }
    }
    return last - position;
  }

  private boolean startsWithDelimiter(int offset) {
    return limit - offset >= delimiter.length
        && Arrays.equals(buffer, offset, offset + delimiter.length, delimiter, 0, delimiter.length);
  }

  /** Reads from a delimiter to the end of its line. */
  private void readBoundaryLine() throws IOException {
    position += delimiter.length;
    int next = next();
    if (next == '-') {
      if (next() != '-') {
        throw badBoundaryLine();
      }
      closed = true;
      next = skipPadding(peek() < 0 ? -1 : next());
      if (next >= 0 && next != '\r' && next != '\n') {
        throw badBoundaryLine();
      }
      return;
    }
    if (skipPadding(next) != '\r' || next() != '\n') {
      throw badBoundaryLine();
    }
  }

  /** Skips blanks and tabs. Returns the byte after them, or -1 at the end of a closed form. */
  private int skipPadding(int first) throws IOException {
    int next = first;
    for (int i = 0; next == ' ' || next == '\t'; i++) {
      if (i == MAX_PADDING_BYTES) {
        throw tooLong("the padding of a boundary line", MAX_PADDING_BYTES);
      }
      next = closed && peek() < 0 ? -1 : next();
    }
    return next;
  }

  private byte[] readHeaders() throws IOException {
    byte[] headers = new byte[MAX_PART_HEADER_BYTES];
    int length = 0;
    int lineStart = 0;
    while (true) {
      if (length == headers.length) {
        throw tooLong("the header of a part", MAX_PART_HEADER_BYTES);
      }
      headers[length++] = (byte) next();
      if (headers[length - 1] == '\n' && length > 1 && headers[length - 2] == '\r') {
        if (length - lineStart == LINE_END.length) {
          return Arrays.copyOf(headers, length);
        }
        lineStart = length;
      }
    }
  }

  private int peek() throws IOException {
    return position < limit || fill() ? buffer[position] & 0xFF : -1;
  }

  private int next() throws IOException {
    int next = peek();
    if (next < 0) {
      throw truncated();
    }
    position++;
    return next;
  }

  /** Reads more of the body and keeps the unread bytes. Returns false at the end of the body. */
  private boolean fill() throws IOException {
    if (ended) {
      return false;
    }
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    limit -= position;
    position = 0;
    int count = body.read(buffer, limit, buffer.length - limit);
    ended = count < 0;
    limit += Math.max(count, 0);
    return !ended;
  }

  private static ApiException truncated() {
    return invalid("the body ends before its closing boundary; send the complete form");
  }

  private static ApiException badBoundaryLine() {
    return invalid(
        "unexpected characters follow a boundary; end the line there, or choose a boundary that the content does not contain");
  }

  private static ApiException tooLong(String what, int maxBytes) {
    return invalid(
        String.format(Locale.ROOT, "%s exceeds the limit of %,d bytes; send less", what, maxBytes));
  }

  private static ApiException invalid(String problem) {
    return new ApiException(
        ErrorCode.INVALID_MULTIPART, "the body is not valid multipart/form-data: " + problem);
  }

  /** The content of the current part, up to the next delimiter. */
  private final class Content extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = nextContent();
      if (count < 0) {
        throw truncated();
      }
      if (count == 0) {
        return length == 0 ? 0 : -1;
      }
      int taken = Math.min(count, length);
      System.arraycopy(buffer, position, target, offset, taken);
      position += taken;
      return taken;
    }
  }
}
