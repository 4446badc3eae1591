package io.flowcore.worker.ingest.json;

/** Checks the encoding of a body. Only UTF-8 is allowed (RFC 8259 §8.1). */
final class BodyEncoding {
  private static final int BYTE_ORDER_MARK_LENGTH = 3;

  private BodyEncoding() {}

  /**
   * Checks that a body is UTF-8.
   *
   * @return the offset of its first byte after a byte order mark
   */
  static int requireUtf8(byte[] body, int length) {
    int invalid = Utf8.firstInvalid(body, length);
    if (invalid >= 0) {
      throw InvalidJson.at(body, invalid, "the body is not UTF-8");
    }
    int start = startsWithByteOrderMark(body, length) ? BYTE_ORDER_MARK_LENGTH : 0;
    if (looksLikeUtf16(body, start, length)) {
      throw InvalidJson.at(body, 0, "the body looks like UTF-16 or UTF-32; it must be UTF-8");
    }
    return start;
  }

  private static boolean startsWithByteOrderMark(byte[] body, int length) {
    return length >= BYTE_ORDER_MARK_LENGTH
        && body[0] == (byte) 0xEF
        && body[1] == (byte) 0xBB
        && body[2] == (byte) 0xBF;
  }

  /** The parser would detect UTF-16 or UTF-32 from zero bytes near the start. */
  private static boolean looksLikeUtf16(byte[] body, int start, int length) {
    for (int i = start; i < Math.min(start + 4, length); i++) {
      if (body[i] == 0) {
        return true;
      }
    }
    return false;
  }
}
