package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.http.RequestException;
import java.util.Arrays;

/**
 * Reads a body in chunks and writes it again in the plain form that the server understands: chunks
 * of what has arrived, without extensions and trailers, which RFC 9112 §7.1 lets a recipient
 * ignore. So the server never waits for a chunk as large as a client announces.
 */
final class ChunkedBody {
  /** Of digits in a chunk's size: 2^60 bytes are more than anybody sends. */
  private static final int MAX_SIZE_DIGITS = 15;

  /** Bytes of a size line, and of all trailers together. */
  private static final int MAX_LINE_BYTES = 4 << 10;

  /** Digits of the size that is written, which are always four. */
  private static final int SIZE_LINE = 6;

  /** What is written at once, as the server's buffers are not larger. */
  static final int MAX_PAYLOAD = 0xFFFF;

  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    END
  }

  private State state = State.SIZE;
  private long size;
  private int digits;
  private int lineBytes;
  private long remaining;

  /** Returns whether the last chunk and its trailers have been read. */
  boolean isComplete() {
    return state == State.END;
  }

  /** What came of some bytes: the bytes to hand on, which may be none, and where reading ended. */
  record Read(byte[] output, int position) {}

  /**
   * Reads on, to the end of the body or of the bytes.
   *
   * @param to at most {@link #MAX_PAYLOAD} bytes after {@code from}
   * @throws RequestException if the chunks are malformed, or a line is too long
   */
  Read read(byte[] input, int from, int to) {
    byte[] output = new byte[SIZE_LINE + (to - from) + 2 + LAST_CHUNK.length];
    int length = SIZE_LINE;
    int at = from;
    while (at < to && state != State.END) {
      if (state == State.DATA) {
        int count = (int) Math.min(remaining, to - at);
        System.arraycopy(input, at, output, length, count);
        length += count;
        at += count;
        remaining -= count;
        state = remaining == 0 ? State.DATA_CR : State.DATA;
      } else {
        next(input[at++]);
      }
    }
    return new Read(framed(output, length), at);
  }

  /** Puts the size before the data, and the last chunk after it. */
  private byte[] framed(byte[] output, int length) {
    int end = length;
    int start = 0;
    int payload = length - SIZE_LINE;
    if (payload == 0) {
      start = end;
    } else {
      for (int digit = 0; digit < 4; digit++) {
        output[digit] = HEX[(payload >> (12 - 4 * digit)) & 0xF];
      }
      output[4] = '\r';
      output[5] = '\n';
      output[end++] = '\r';
      output[end++] = '\n';
    }
    if (state == State.END) {
      System.arraycopy(LAST_CHUNK, 0, output, end, LAST_CHUNK.length);
      end += LAST_CHUNK.length;
    }
    return Arrays.copyOfRange(output, start, end);
  }

  private void next(byte character) {
    switch (state) {
      case SIZE -> size(character);
      case EXTENSION -> {
        countLineByte();
        state = character == '\r' ? State.SIZE_LF : notLf(character, State.EXTENSION);
      }
      case SIZE_LF -> {
        require(character, '\n');
        sizeRead();
      }
      case DATA_CR -> {
        require(character, '\r');
        state = State.DATA_LF;
      }
      case DATA_LF -> {
        require(character, '\n');
        startSize();
      }
      case TRAILER_START -> {
        countLineByte();
        state = character == '\r' ? State.LAST_LF : notLf(character, State.TRAILER);
      }
      case TRAILER -> {
        countLineByte();
        state = character == '\r' ? State.TRAILER_LF : notLf(character, State.TRAILER);
      }
      case TRAILER_LF -> {
        require(character, '\n');
        state = State.TRAILER_START;
      }
      case LAST_LF -> {
        require(character, '\n');
        state = State.END;
      }
      case DATA, END -> throw new IllegalStateException(state.name());
    }
  }

  private void startSize() {
    state = State.SIZE;
    size = 0;
    digits = 0;
    lineBytes = 0;
  }

  private void size(byte character) {
    int digit = Character.digit(character, 16);
    if (digit >= 0) {
      if (++digits > MAX_SIZE_DIGITS) {
        throw BadTransport.malformed(
            "the size of a chunk has more than " + MAX_SIZE_DIGITS + " digits");
      }
      size = size * 16 + digit;
    } else if (digits == 0) {
      throw BadTransport.malformed("the size of a chunk is not a hexadecimal number");
    } else if (character == '\r') {
      state = State.SIZE_LF;
    } else if (character == ';' || character == ' ' || character == '\t') {
      state = State.EXTENSION;
    } else {
      throw BadTransport.malformed("the size of a chunk is not a hexadecimal number");
    }
  }

  private void sizeRead() {
    lineBytes = 0;
    if (size == 0) {
      state = State.TRAILER_START;
    } else {
      remaining = size;
      state = State.DATA;
    }
  }

  private void countLineByte() {
    if (++lineBytes > MAX_LINE_BYTES) {
      throw BadTransport.malformed(
          "a chunk's extensions or the trailers are larger than "
              + MAX_LINE_BYTES
              + " bytes, which is the limit");
    }
  }

  private static State notLf(byte character, State next) {
    if (character == '\n') {
      throw BadTransport.malformed("a line of a chunked body does not end in CR LF");
    }
    return next;
  }

  private static void require(byte character, char expected) {
    if (character != expected) {
      throw BadTransport.malformed("a chunk does not end where its size says");
    }
  }
}
