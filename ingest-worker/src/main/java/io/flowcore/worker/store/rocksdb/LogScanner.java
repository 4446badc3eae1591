package io.flowcore.worker.store.rocksdb;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads a file in the log format of RocksDB, which its write-ahead logs and its MANIFEST have, and
 * finds damage. Unlike RocksDB, it continues after damage, with the next intact record.
 *
 * <p>A file consists of blocks of 32 KiB. A record is one fragment, or several if it does not fit
 * into its block. A fragment begins with a masked CRC-32C of its type and data, their length in two
 * bytes, and the type; all little-endian. A block may end with up to six zeros.
 */
final class LogScanner {
  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;
  private static final int TYPE = 6;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int LAST = 4;

  /** Fragments with information about the log itself. RocksDB added them later. */
  private static final int FIRST_INFORMATION = 9;

  /** The smallest unit that disks write. */
  private static final int SECTOR = 512;

  private static final int CRC_DELTA = 0xa282ead8;

  /** Receives what a file contains, in order. */
  interface Visitor {
    /**
     * Receives a record.
     *
     * @param offset of the record in the file
     * @param data begins with the record, is valid only during the call
     * @param whole false if only a beginning of the record is intact
     */
    void record(long offset, ByteBuffer data, boolean whole);

    /** Receives a damaged range. */
    void damage(Damage damage);
  }

  /**
   * A damaged range of a file.
   *
   * @param from the offset of the first damaged record
   * @param to the offset of the next intact fragment, or the end of the file
   * @param lost whether it looks like the loss of data that was never synced: a missing end, or at
   *     least one sector of zeros. Otherwise bytes were changed
   */
  record Damage(long from, long to, boolean lost) {}

  private final FileChannel file;
  private final Visitor visitor;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
  private final byte[] block = bytes.array();
  private int limit;
  private long blockOffset;

  private byte[] record = new byte[BLOCK];
  private int length;
  private long recordOffset = -1;

  private LogScanner(FileChannel file, Visitor visitor) {
    this.file = file;
    this.visitor = visitor;
  }

  /** Reads a file from its beginning to its end. */
  static void scan(Path path, Visitor visitor) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      new LogScanner(file, visitor).scan();
    }
  }

  private void scan() throws IOException {
    long size = file.size();
    for (blockOffset = 0; blockOffset < size; blockOffset += BLOCK) {
      readBlock((int) Math.min(BLOCK, size - blockOffset));
      scanBlock();
    }
    if (recordOffset >= 0) {
      damage(size, size, true);
    }
  }

  private void readBlock(int size) throws IOException {
    bytes.clear().limit(size);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, blockOffset + bytes.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    limit = size;
  }

  private void scanBlock() {
    int at = 0;
    while (at < limit && BLOCK - at >= HEADER) {
      if (isIntact(at)) {
        fragment(at);
        at += HEADER + dataLength(at);
      } else {
        int next = nextIntact(at);
        boolean endsInside = limit < BLOCK && next == limit && !hasWholeFragment(at);
        damage(blockOffset + at, blockOffset + next, endsInside || hasEmptySector(at, next));
        at = next;
      }
    }
  }

  private int dataLength(int at) {
    return Byte.toUnsignedInt(block[at + 4]) | (Byte.toUnsignedInt(block[at + 5]) << 8);
  }

  private boolean hasWholeFragment(int at) {
    return limit - at >= HEADER && dataLength(at) <= limit - at - HEADER;
  }

  private boolean isIntact(int at) {
    if (!hasWholeFragment(at)) {
      return false;
    }
    int type = Byte.toUnsignedInt(block[at + TYPE]);
    if (type < FULL || (type > LAST && type < FIRST_INFORMATION)) {
      return false;
    }
    crc.reset();
    crc.update(block, at + TYPE, 1 + dataLength(at));
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + CRC_DELTA;
    return masked == Integer.reverseBytes(bytes.getInt(at));
  }

  /** Returns where the next intact fragment of the block begins, or the end of the block. */
  private int nextIntact(int damaged) {
    if (hasWholeFragment(damaged)) {
      int end = damaged + HEADER + dataLength(damaged);
      if (end == limit || isIntact(end)) {
        return end;
      }
    }
    int at = damaged + 1;
    while (at < limit && !isIntact(at)) {
      at++;
    }
    return at;
  }

  private boolean hasEmptySector(int from, int to) {
    for (int at = from; at < to; ) {
      int end = Math.min(to, (at / SECTOR + 1) * SECTOR);
      if (isZero(at, end)) {
        return true;
      }
      at = end;
    }
    return false;
  }

  private boolean isZero(int from, int to) {
    for (int at = from; at < to; at++) {
      if (block[at] != 0) {
        return false;
      }
    }
    return true;
  }

  private void fragment(int at) {
    int type = Byte.toUnsignedInt(block[at + TYPE]);
    if (type >= FIRST_INFORMATION) {
      return;
    }
    if (type == FULL || type == FIRST) {
      if (recordOffset >= 0) {
        damage(blockOffset + at, blockOffset + at, false);
      }
      recordOffset = blockOffset + at;
      length = 0;
    }
    // A later fragment without a first one belongs to a damaged record.
    if (recordOffset >= 0) {
      append(at + HEADER, dataLength(at));
      if (type == FULL || type == LAST) {
        emit(true);
      }
    }
  }

  private void append(int from, int count) {
    if (length + count > record.length) {
      record = Arrays.copyOf(record, Math.max(length + count, record.length * 2));
    }
    System.arraycopy(block, from, record, length, count);
    length += count;
  }

  private void emit(boolean whole) {
    long offset = recordOffset;
    recordOffset = -1;
    visitor.record(offset, ByteBuffer.wrap(record, 0, length).slice(), whole);
  }

  private void damage(long from, long to, boolean lost) {
    long start = recordOffset >= 0 ? recordOffset : from;
    visitor.damage(new Damage(start, to, lost));
    if (recordOffset >= 0) {
      emit(false);
    }
  }
}
