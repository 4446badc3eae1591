package io.flowcore.worker.event;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Escaped halves of surrogate pairs in JSON, such as {@code \ud83d} alone. RFC 8259 §8.2 allows
 * them, and JavaScript writes and reads them, but the parser rejects them in names. A parser reads
 * such a JSON text from {@link #mask}, where each one is replaced by an escape of the same length.
 */
public final class LoneSurrogates {
  private static final int ESCAPE_LENGTH = 6;

  /** Offset and length of the digits in an escape. */
  private static final int DIGITS = 2;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final long BACKSLASHES = '\\' * ONES;

  private LoneSurrogates() {}

  /** Returns whether a part of an array contains a lone surrogate. */
  public static boolean isIn(byte[] json, int start, int end) {
    return next(json, start, end) < end;
  }

  /**
   * Returns a part of an array in which the digits of each lone surrogate are {@code ffff}, which
   * is a character that no text contains. Every other byte, and so every offset, is the same.
   */
  public static InputStream mask(byte[] json, int start, int end) {
    return new Masked(json, start, end);
  }

  /** Returns the offset of the first lone surrogate from {@code start} on, or {@code end}. */
  private static int next(byte[] json, int start, int end) {
    int i = backslash(json, start, end);
    while (i < end) {
      int unit = unit(json, i, end);
      boolean pair =
          isHigh(unit)
              && unit(json, i + ESCAPE_LENGTH, end) >= Character.MIN_LOW_SURROGATE
              && unit(json, i + ESCAPE_LENGTH, end) <= Character.MAX_LOW_SURROGATE;
      if (unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE && !pair) {
        return i;
      }
      // The character after a backslash is never the start of an escape.
      i = backslash(json, i + (pair ? 2 * ESCAPE_LENGTH : 2), end);
    }
    return end;
  }

  private static boolean isHigh(int unit) {
    return unit >= Character.MIN_HIGH_SURROGATE && unit <= Character.MAX_HIGH_SURROGATE;
  }

  /** Reads eight bytes at a time, because most bodies contain no or few backslashes. */
  private static int backslash(byte[] json, int start, int end) {
    int i = start;
    while (i + Long.BYTES <= end) {
      long difference = (long) LONG.get(json, i) ^ BACKSLASHES;
      if (((difference - ONES) & ~difference & HIGH_BITS) != 0) {
        break;
      }
      i += Long.BYTES;
    }
    while (i < end && json[i] != '\\') {
      i++;
    }
    return Math.min(i, end);
  }

  /** Returns the UTF-16 code unit of the escape at an offset, or -1 if there is none. */
  private static int unit(byte[] json, int offset, int end) {
    if (offset + ESCAPE_LENGTH > end || json[offset] != '\\' || json[offset + 1] != 'u') {
      return -1;
    }
    int unit = 0;
    for (int i = offset + DIGITS; i < offset + ESCAPE_LENGTH; i++) {
      int digit = Character.digit((char) (json[i] & 0xFF), 16);
      if (digit < 0) {
        return -1;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }

  private static final class Masked extends ByteArrayInputStream {
    private final int end;

    /** The first lone surrogate whose digits have not been read completely. */
    private int lone;

    Masked(byte[] json, int start, int end) {
      super(json, start, end - start);
      this.end = end;
      lone = next(json, start, end);
    }

    @Override
    public synchronized int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      int from = pos;
      int count = super.read(target, offset, length);
      while (lone < pos) {
        int first = Math.max(lone + DIGITS, from);
        int last = Math.min(lone + ESCAPE_LENGTH, pos);
        if (first < last) {
          Arrays.fill(target, offset + first - from, offset + last - from, (byte) 'f');
        }
        if (lone + ESCAPE_LENGTH > pos) {
          break;
        }
        lone = next(buf, lone + ESCAPE_LENGTH, end);
      }
      return count;
    }
  }
}
