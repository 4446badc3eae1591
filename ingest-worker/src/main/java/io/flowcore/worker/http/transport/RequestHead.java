package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.http.RequestException;

/**
 * The part of a request before its body, as far as it decides where the body ends. A request whose
 * end is in doubt is rejected: a proxy in front that reads it differently would let a sender slip
 * another request past it (RFC 9112 §6.3).
 */
final class RequestHead {
  /** Marks a body in chunks. */
  static final long CHUNKED = -1;

  private static final byte[] VERSION = " HTTP/1.1".getBytes(US_ASCII);
  private static final byte[] CONTENT_LENGTH = "content-length".getBytes(US_ASCII);
  private static final byte[] TRANSFER_ENCODING = "transfer-encoding".getBytes(US_ASCII);
  private static final byte[] EXPECT = "expect".getBytes(US_ASCII);
  private static final byte[] CHUNKED_VALUE = "chunked".getBytes(US_ASCII);
  private static final byte[] CONTINUE_VALUE = "100-continue".getBytes(US_ASCII);
  private static final int MAX_LENGTH_DIGITS = 18;

  private final byte[] bytes;
  private long contentLength;
  private boolean hasLength;
  private boolean chunked;

  private RequestHead(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Finds the empty line at the end of a head.
   *
   * @param from of the request line
   * @param scanned offset up to which an earlier call has looked
   * @return the offset after the empty line; 0 if it has not arrived
   * @throws RequestException if a line does not end in CR LF
   */
  static int end(byte[] bytes, int from, int scanned) {
    for (int at = Math.max(from, scanned); at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        if (at == from || bytes[at - 1] != '\r') {
          throw lineEndMissing();
        }
        if (at - 2 > from && bytes[at - 2] == '\n') {
          return at + 1;
        }
      }
    }
    return 0;
  }

  private static RequestException lineEndMissing() {
    return BadTransport.malformed("a line of the request does not end in CR LF");
  }

  /**
   * Reads the lines of a head. Values that HTTP compares without regard to case are put into the
   * form that the server compares with, in place.
   *
   * @param from of the request line
   * @param to after the empty line
   * @return the length of the body in bytes, or {@link #CHUNKED}
   * @throws RequestException if the request cannot be read in one way only
   */
  static long bodyLength(byte[] bytes, int from, int to) {
    RequestHead head = new RequestHead(bytes);
    int end = lineEnd(bytes, from);
    head.requestLine(from, end);
    int start = end + 2;
    // The last two bytes are the empty line.
    while (start < to - 2) {
      end = lineEnd(bytes, start);
      head.header(start, end);
      start = end + 2;
    }
    return head.length();
  }

  /** Every line ends in CR LF; a CR or LF anywhere else makes the lines ambiguous. */
  private static int lineEnd(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != '\r' && bytes[at] != '\n') {
      at++;
    }
    if (bytes[at] == '\n' || bytes[at + 1] != '\n') {
      throw lineEndMissing();
    }
    return at;
  }

  private void requestLine(int from, int end) {
    int version = end - VERSION.length;
    if (version <= from || !matches(version, VERSION)) {
      throw BadTransport.otherVersion();
    }
  }

  private boolean matches(int at, byte[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (bytes[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private void header(int from, int end) {
    int colon = from;
    while (colon < end && bytes[colon] != ':') {
      if (bytes[colon] == ' ' || bytes[colon] == '\t') {
        throw BadTransport.malformed("a header name contains a space, or a header is folded");
      }
      colon++;
    }
    if (colon == end || colon == from) {
      throw BadTransport.malformed("a header has no name or no colon");
    }
    switch (colon - from) {
      case 14 -> {
        if (isNamed(from, CONTENT_LENGTH)) {
          contentLength(valueStart(colon + 1, end), valueEnd(colon + 1, end));
        }
      }
      case 17 -> {
        if (isNamed(from, TRANSFER_ENCODING)) {
          transferEncoding(valueStart(colon + 1, end), valueEnd(colon + 1, end));
        }
      }
      case 6 -> {
        if (isNamed(from, EXPECT)) {
          var _ = canonical(valueStart(colon + 1, end), valueEnd(colon + 1, end), CONTINUE_VALUE);
        }
      }
      default -> {}
    }
  }

  private boolean isNamed(int at, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      if (lower(bytes[at + i]) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte lower(byte character) {
    return character >= 'A' && character <= 'Z' ? (byte) (character + 32) : character;
  }

  private static boolean isBlank(byte character) {
    return character == ' ' || character == '\t';
  }

  private int valueStart(int from, int end) {
    int at = from;
    while (at < end && isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  private int valueEnd(int from, int end) {
    int at = end;
    while (at > from && isBlank(bytes[at - 1])) {
      at--;
    }
    return at;
  }

  private void contentLength(int from, int end) {
    boolean valid = !hasLength && end > from && end - from <= MAX_LENGTH_DIGITS;
    long value = 0;
    for (int at = from; valid && at < end; at++) {
      valid = bytes[at] >= '0' && bytes[at] <= '9';
      value = value * 10 + (bytes[at] - '0');
    }
    if (!valid) {
      throw BadTransport.malformed(
          "Content-Length must appear once and be a number of at most "
              + MAX_LENGTH_DIGITS
              + " digits");
    }
    hasLength = true;
    contentLength = value;
  }

  private void transferEncoding(int from, int end) {
    if (chunked || !canonical(from, end, CHUNKED_VALUE)) {
      throw BadTransport.malformed("Transfer-Encoding must be \"chunked\" and appear once");
    }
    chunked = true;
  }

  /** Puts a value into its usual form, if it equals that but for case. */
  private boolean canonical(int from, int end, byte[] usual) {
    if (end - from != usual.length || !isNamed(from, usual)) {
      return false;
    }
    System.arraycopy(usual, 0, bytes, from, usual.length);
    return true;
  }

  private long length() {
    if (chunked && hasLength) {
      throw BadTransport.malformed("send Content-Length or Transfer-Encoding, not both");
    }
    return chunked ? CHUNKED : contentLength;
  }
}
