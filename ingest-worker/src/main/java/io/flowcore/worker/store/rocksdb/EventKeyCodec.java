package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.PendingHour;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * Encodes and decodes the keys of events. All numbers are big-endian, so that keys are sorted by
 * event type, time and the rest of the id.
 *
 * <pre>
 * key     event type   16  UUID
 *         ticks         8  event time, units of 100 ns since 1582-10-15
 *         low           8  the other half of the id
 * </pre>
 *
 * <p>Values are encoded by {@link io.flowcore.worker.store.EventValueCodec}.
 */
final class EventKeyCodec {
  static final int KEY_LENGTH = 32;
  static final int TYPE_LENGTH = 16;

  private EventKeyCodec() {}

  static byte[] key(UUID eventType, EventId id) {
    return ByteBuffer.allocate(KEY_LENGTH)
        .putLong(eventType.getMostSignificantBits())
        .putLong(eventType.getLeastSignificantBits())
        .putLong(id.ticks())
        .putLong(id.low())
        .array();
  }

  static EventId id(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key, TYPE_LENGTH, KEY_LENGTH - TYPE_LENGTH);
    return new EventId(buffer.getLong(), buffer.getLong());
  }

  /** Compares keys in the order of the store. */
  static int compare(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }

  /** Returns the lowest key that is greater than another, for exclusive bounds. */
  static byte[] successor(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** Returns the event type of a key. */
  static UUID type(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  /** Returns the event type and hour of a key. */
  static PendingHour hour(byte[] key) {
    return new PendingHour(type(key), id(key).bucket());
  }

  /** Returns the key of the expiry index for the key of an event. */
  static byte[] expiryKey(long expiresAtSecond, byte[] key) {
    return ByteBuffer.allocate(Long.BYTES + KEY_LENGTH).putLong(expiresAtSecond).put(key).array();
  }

  /** Returns the epoch second of a key of the expiry index. */
  static long expiringSecond(byte[] expiryKey) {
    return ByteBuffer.wrap(expiryKey).getLong();
  }

  /** Returns the key of the event of a key of the expiry index. */
  static byte[] expiringKey(byte[] expiryKey) {
    return Arrays.copyOfRange(expiryKey, Long.BYTES, Long.BYTES + KEY_LENGTH);
  }
}
