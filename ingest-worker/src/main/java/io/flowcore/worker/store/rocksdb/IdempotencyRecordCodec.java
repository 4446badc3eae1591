package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Encodes and decodes the values of idempotency records. All numbers are big-endian.
 *
 * <pre>
 * version       1  1
 * expires at    8  epoch second
 * digest       32  of the request
 * ids       n *16  of its events
 * checksum      4  CRC-32C of all preceding bytes
 * </pre>
 */
final class IdempotencyRecordCodec {
  private static final byte VERSION = 1;
  private static final int DIGEST_LENGTH = 32;
  private static final int FIXED_LENGTH = 1 + 8 + DIGEST_LENGTH + 4;
  private static final int ID_LENGTH = 16;

  private IdempotencyRecordCodec() {}

  static int encodedLength(int events) {
    return FIXED_LENGTH + events * ID_LENGTH;
  }

  static byte[] encode(IdempotencyKey key, List<EventId> ids) {
    ByteBuffer value = ByteBuffer.allocate(encodedLength(ids.size()));
    value.put(VERSION).putLong(key.expiresAtSecond()).put(key.digest());
    ids.forEach(id -> value.putLong(id.ticks()).putLong(id.low()));
    return value.putInt(checksum(value.array())).array();
  }

  /**
   * Decodes a record; empty if it has expired.
   *
   * @throws StoreException if the record is damaged
   */
  static Optional<IdempotencyRecord> decode(byte[] value, long nowSecond) throws StoreException {
    if (value.length < FIXED_LENGTH
        || value[0] != VERSION
        || ByteBuffer.wrap(value).getInt(value.length - 4) != checksum(value)) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "the stored record of this Idempotency-Key is damaged; send the request with another key");
    }
    ByteBuffer buffer = ByteBuffer.wrap(value, 1, value.length - 5);
    if (buffer.getLong() <= nowSecond) {
      return Optional.empty();
    }
    byte[] digest = new byte[DIGEST_LENGTH];
    buffer.get(digest);
    List<EventId> ids = new ArrayList<>();
    while (buffer.hasRemaining()) {
      ids.add(new EventId(buffer.getLong(), buffer.getLong()));
    }
    return Optional.of(new IdempotencyRecord(digest, ids));
  }

  /** Returns the epoch second at which a record expires that was decoded before. */
  static long expiresAtSecond(byte[] value) {
    return ByteBuffer.wrap(value).getLong(1);
  }

  private static int checksum(byte[] value) {
    CRC32C crc = new CRC32C();
    crc.update(value, 0, value.length - 4);
    return (int) crc.getValue();
  }
}
