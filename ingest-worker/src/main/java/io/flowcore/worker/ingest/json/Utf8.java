package io.flowcore.worker.ingest.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Validates UTF-8 strictly (RFC 3629). When the JSON parser skips a string, it checks only the
 * shape of multi-byte sequences, so overlong forms and encoded surrogates must be found here. The
 * JDK's decoder would find them too, but copies every body.
 */
final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NON_ASCII = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /** Returns the offset of the first byte that is not part of a valid sequence, or -1. */
  static int firstInvalid(byte[] bytes, int length) {
    int i = 0;
    while (i < length) {
      if (i + Long.BYTES <= length && ((long) LONG.get(bytes, i) & NON_ASCII) == 0) {
        i += Long.BYTES;
      } else {
        int size = sequenceLength(bytes, i, length);
        if (size == 0) {
          return i;
        }
        i += size;
      }
    }
    return -1;
  }

  /**
   * Returns the length of the valid sequence that starts at {@code i}, or 0. The ranges are those
   * of the table in RFC 3629 §4.
   */
  private static int sequenceLength(byte[] bytes, int i, int length) {
    int lead = bytes[i] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      return i + 1 < length && isTail(bytes[i + 1]) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
      int low = lead == 0xE0 ? 0xA0 : 0x80;
      int high = lead == 0xED ? 0x9F : 0xBF;
      return i + 2 < length && isBetween(bytes[i + 1], low, high) && isTail(bytes[i + 2]) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
      int low = lead == 0xF0 ? 0x90 : 0x80;
      int high = lead == 0xF4 ? 0x8F : 0xBF;
      return i + 3 < length
              && isBetween(bytes[i + 1], low, high)
              && isTail(bytes[i + 2])
              && isTail(bytes[i + 3])
          ? 4
          : 0;
    }
    return 0;
  }

  private static boolean isTail(byte b) {
    return isBetween(b, 0x80, 0xBF);
  }

  private static boolean isBetween(byte b, int low, int high) {
    return (b & 0xFF) >= low && (b & 0xFF) <= high;
  }
}
