package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.PendingHour;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * How an event lies on disk. All numbers are big-endian, so that keys sort by event type, time and
 * the rest of the id.
 *
 * <pre>
 * key     event type   16  UUID
 *         ticks         8  event time, units of 100 ns since 1582-10-15
 *         low           8  the id's other half
 *
 * value   version       1  1
 *         flags         1  bit 0: never archive, bit 1: valid time differs from the event time
 *         expires at    8  epoch second
 *         ingested at   8  epoch milliseconds
 *         valid time   12  epoch second, nanosecond; zero unless flagged
 *         metadata      4  its length m
 *         metadata      m  JSON object
 *         payload       *  JSON object
 *         checksum      4  CRC-32C of all before it
 * </pre>
 */
final class EventRecord {
  static final int KEY_LENGTH = 32;
  static final int TYPE_LENGTH = 16;

  private static final byte VERSION = 1;
  private static final int HEADER_LENGTH = 34;
  private static final int CHECKSUM_LENGTH = 4;
  private static final int NEVER_ARCHIVE = 1;
  private static final int HAS_VALID_TIME = 2;

  private EventRecord() {}

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

  /** The epoch second at which an event's TTL has passed, of a value that may be damaged. */
  static long expiresAtSecond(byte[] value) {
    return value.length < HEADER_LENGTH ? Long.MAX_VALUE : ByteBuffer.wrap(value).getLong(2);
  }

  /** Length of an event's value. */
  static int encodedLength(NewEvent event) {
    return HEADER_LENGTH + event.details().metadata().length + event.length() + CHECKSUM_LENGTH;
  }

  static byte[] encode(NewEvent event) {
    EventDetails details = event.details();
    ByteBuffer value = ByteBuffer.allocate(encodedLength(event));
    value
        .put(VERSION)
        .put(flags(details))
        .putLong(details.expiresAtSecond())
        .putLong(details.ingestedAtMillis());
    switch (details.validTime()) {
      case ValidTime.SameAsEventTime same -> value.putLong(0).putInt(0);
      case ValidTime.At at -> value.putLong(at.epochSecond()).putInt(at.nano());
    }
    value.putInt(details.metadata().length).put(details.metadata());
    value.put(event.payload(), event.offset(), event.length());
    return value.putInt(checksum(value.array())).array();
  }

  /**
   * Reads an event; empty if its record is damaged, or of a version that this worker can't read.
   */
  static Optional<StoredEvent> decode(UUID eventType, byte[] key, byte[] value) {
    EventId id = id(key);
    if (value.length < HEADER_LENGTH + CHECKSUM_LENGTH
        || ByteBuffer.wrap(value).getInt(value.length - CHECKSUM_LENGTH) != checksum(value)) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(value);
    if (buffer.get() != VERSION) {
      return Optional.empty();
    }
    int flags = buffer.get();
    long expiresAt = buffer.getLong();
    long ingestedAt = buffer.getLong();
    long validSecond = buffer.getLong();
    int validNano = buffer.getInt();
    int payloadStart = HEADER_LENGTH + buffer.getInt();
    ValidTime validTime =
        (flags & HAS_VALID_TIME) == 0
            ? new ValidTime.SameAsEventTime()
            : new ValidTime.At(validSecond, validNano);
    EventDetails details =
        new EventDetails(
            expiresAt,
            ingestedAt,
            validTime,
            (flags & NEVER_ARCHIVE) == 0,
            Arrays.copyOfRange(value, HEADER_LENGTH, payloadStart));
    return Optional.of(
        new StoredEvent(
            eventType,
            id,
            details,
            Arrays.copyOfRange(value, payloadStart, value.length - CHECKSUM_LENGTH)));
  }

  private static byte flags(EventDetails details) {
    int archive = details.archive() ? 0 : NEVER_ARCHIVE;
    int valid = details.validTime() instanceof ValidTime.At ? HAS_VALID_TIME : 0;
    return (byte) (archive | valid);
  }

  private static int checksum(byte[] value) {
    CRC32C crc = new CRC32C();
    crc.update(value, 0, value.length - CHECKSUM_LENGTH);
    return (int) crc.getValue();
  }
}
