package io.flowcore.worker.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.Optional;

/** Variable-length numbers as RocksDB writes them: seven bits per byte, lowest first. */
final class Varints {
  private static final int CONTINUES = 0x80;

  private Varints() {}

  /** Reads a number. Reads what is there if the buffer ends inside it. */
  static long read(ByteBuffer data) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && data.hasRemaining(); shift += 7) {
      int next = data.get();
      value |= (long) (next & (CONTINUES - 1)) << shift;
      if ((next & CONTINUES) == 0) {
        break;
      }
    }
    return value;
  }

  /** Reads bytes with their length before them; empty, at the end, if the buffer has less. */
  static Optional<ByteBuffer> slice(ByteBuffer data) {
    long length = read(data);
    if (length < 0 || length > data.remaining()) {
      data.position(data.limit());
      return Optional.empty();
    }
    ByteBuffer slice = data.slice(data.position(), (int) length);
    data.position(data.position() + (int) length);
    return Optional.of(slice);
  }
}
