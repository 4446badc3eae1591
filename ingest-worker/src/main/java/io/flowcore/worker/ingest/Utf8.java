package io.flowcore.worker.ingest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Strict UTF-8 (RFC 3629). The JSON parser checks only the shape of a multi-byte sequence when it
 * skips a text, so over-long forms and encoded surrogates have to be found here. A decoder of the
 * platform would do, but copies every body.
 */
final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NON_ASCII = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /** Where the first byte stands that is no part of a valid sequence, or -1. */
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
   * Length of the valid sequence that starts here, or 0. The ranges are those of the table in RFC
   * 3629 §4.
   */
  private static int sequenceLength(byte[] bytes, int i, int length) {
    int lead = bytes[i] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      return i + 1 < length && tail(bytes[i + 1]) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
      int low = lead == 0xE0 ? 0xA0 : 0x80;
      int high = lead == 0xED ? 0x9F : 0xBF;
      return i + 2 < length && between(bytes[i + 1], low, high) && tail(bytes[i + 2]) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
      int low = lead == 0xF0 ? 0x90 : 0x80;
      int high = lead == 0xF4 ? 0x8F : 0xBF;
      return i + 3 < length
              && between(bytes[i + 1], low, high)
              && tail(bytes[i + 2])
              && tail(bytes[i + 3])
          ? 4
          : 0;
    }
    return 0;
  }

  private static boolean tail(byte b) {
    return between(b, 0x80, 0xBF);
  }

  private static boolean between(byte b, int low, int high) {
    return (b & 0xFF) >= low && (b & 0xFF) <= high;
  }
}
