package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.PendingHour;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * How an event lies on disk. All numbers are big-endian, so that keys sort by event type, time and
 * the rest of the id.
 *
 * <pre>
 * key     event type   16  UUID
 *         ticks         8  event time, units of 100 ns since 1582-10-15
 *         low           8  the id's other half
 * </pre>
 *
 * <p>The value is an {@link io.flowcore.worker.store.EventValueCodec}.
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

  /** The order of keys in the store. */
  static int compare(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }

  /** The least key behind another, for bounds that are exclusive: that key and a zero. */
  static byte[] justAfter(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** The event type in a key. */
  static UUID type(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  /** The event type and the hour of a key. */
  static PendingHour hour(byte[] key) {
    return new PendingHour(type(key), id(key).bucket());
  }

  /** The key under which an event's expiry is found. */
  static byte[] expiryKey(long expiresAtSecond, byte[] key) {
    return ByteBuffer.allocate(Long.BYTES + KEY_LENGTH).putLong(expiresAtSecond).put(key).array();
  }

  /** The epoch second in the key of an expiry. */
  static long expirySecond(byte[] expiryKey) {
    return ByteBuffer.wrap(expiryKey).getLong();
  }

  /** The key of the event in the key of an expiry. */
  static byte[] expiringKey(byte[] expiryKey) {
    return Arrays.copyOfRange(expiryKey, Long.BYTES, Long.BYTES + KEY_LENGTH);
  }
}
