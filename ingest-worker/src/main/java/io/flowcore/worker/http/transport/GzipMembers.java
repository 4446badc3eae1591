package io.flowcore.worker.http.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decompresses a gzip body (RFC 1952) with up to {@value #MAX_MEMBERS} members. Everything up to
 * the end of the body must be a member: other data after a member is an error, and so is the zero
 * padding that tapes add.
 *
 * <p>Replaces {@link java.util.zip.GZIPInputStream}, which ignores data after a member, looks for
 * another member only if {@code available()} is positive, and calls itself for each empty member.
 */
final class GzipMembers extends InputStream {
  /**
   * A member of 0 bytes takes 20 compressed bytes. Clients that flush each event as a member send
   * at most a full batch of them.
   */
  static final int MAX_MEMBERS = 10_000;

  /** More than the optional extra field of a header, which has at most 65,535 bytes. */
  private static final int MAX_HEADER_BYTES = 128 << 10;

  private static final int FLAG_HEADER_CRC = 1 << 1;
  private static final int FLAG_EXTRA = 1 << 2;
  private static final int FLAG_NAME = 1 << 3;
  private static final int FLAG_COMMENT = 1 << 4;
  private static final int RESERVED_FLAGS = 0xE0;

  private final InputStream wire;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private final CRC32 headerChecksum = new CRC32();
  private final byte[] buffer;
  private final byte[] single = new byte[1];
  private int position;
  private int limit;
  private int headerBytes;
  private int members;
  private boolean inMember;
  private boolean ended;

  /**
   * Creates a stream that reads nothing yet.
   *
   * @param bufferBytes compressed bytes to read at once
   */
  GzipMembers(InputStream wire, int bufferBytes) {
    this.wire = wire;
    this.buffer = new byte[bufferBytes];
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      if (!inMember) {
        startMember();
      } else if (inflater.finished()) {
        endMember();
      } else {
        int count = inflate(target, offset, length);
        if (count > 0) {
          checksum.update(target, offset, count);
          return count;
        }
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws IOException {
    if (inflater.needsInput()) {
      if (!fill()) {
        throw new EOFException();
      }
      inflater.setInput(buffer, position, limit - position);
    }
    try {
      int count = inflater.inflate(target, offset, length);
      if (inflater.needsDictionary()) {
        throw new ZipException("the data needs a dictionary");
      }
      position = limit - inflater.getRemaining();
      return count;
    } catch (DataFormatException e) {
      throw new ZipException(
          e.getMessage() == null ? "the compressed data is damaged" : e.getMessage());
    }
  }

  private void startMember() throws IOException {
    if (position == limit && members > 0 && !fill()) {
      ended = true;
      return;
    }
    if (members == MAX_MEMBERS) {
      throw new ZipException(
          String.format(
              Locale.ROOT, "the data exceeds the limit of %,d gzip members", MAX_MEMBERS));
    }
    readHeader();
    members++;
    inflater.reset();
    checksum.reset();
    inflater.setInput(buffer, position, limit - position);
    inMember = true;
  }

  private void readHeader() throws IOException {
    headerChecksum.reset();
    headerBytes = 0;
    if (next() != 0x1F || next() != 0x8B) {
      throw new ZipException(
          members == 0 ? "not in gzip format" : "data follows the end of a gzip member");
    }
    if (next() != 8) {
      throw new ZipException("the compression method is not deflate");
    }
    int flags = next();
    if ((flags & RESERVED_FLAGS) != 0) {
      throw new ZipException("a gzip header has reserved flags");
    }
    // The modification time (4 bytes), the extra flags and the operating system.
    skip(6);
    if ((flags & FLAG_EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    if ((flags & FLAG_NAME) != 0) {
      skipText();
    }
    if ((flags & FLAG_COMMENT) != 0) {
      skipText();
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      int expected = (int) headerChecksum.getValue() & 0xFFFF;
      if ((next() | next() << 8) != expected) {
        throw new ZipException("a gzip header does not match its checksum");
      }
    }
  }

  private void endMember() throws IOException {
    long expectedChecksum = nextInt();
    long expectedLength = nextInt();
    if (expectedChecksum != checksum.getValue()
        || expectedLength != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
      throw new ZipException("the data does not match its checksum");
    }
    inMember = false;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  /** Skips a text that ends with a zero byte. */
  private void skipText() throws IOException {
    while (next() != 0) {
      if (headerBytes > MAX_HEADER_BYTES) {
        throw new ZipException("a gzip header is too long");
      }
    }
  }

  private long nextInt() throws IOException {
    return next() | next() << 8 | next() << 16 | (long) next() << 24;
  }

  /** Returns the next compressed byte. */
  private int next() throws IOException {
    if (position == limit && !fill()) {
      throw new EOFException();
    }
    int value = buffer[position++] & 0xFF;
    headerBytes++;
    headerChecksum.update(value);
    return value;
  }

  /** Reads more compressed bytes. Returns false at the end of the body. */
  private boolean fill() throws IOException {
    int count = wire.read(buffer, 0, buffer.length);
    position = 0;
    limit = Math.max(count, 0);
    return count > 0;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    wire.close();
  }
}
