package io.flowcore.worker.store;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Encodes and decodes the value that every store keeps for the id of an event. All numbers are
 * big-endian.
 *
 * <pre>
 * version       1  1
 * flags         1  bit 0: never archive, bit 1: valid time differs from the event time
 * expires at    8  epoch second
 * ingested at   8  epoch milliseconds
 * valid time   12  epoch second, nanosecond; zero if the flag is not set
 * metadata      4  its length m
 * metadata      m  JSON object
 * payload       *  JSON object
 * checksum      4  CRC-32C of all preceding bytes
 * </pre>
 */
public final class EventValueCodec {
  private static final byte VERSION = 1;
  private static final int EXPIRES_AT_OFFSET = 2;
  private static final int INGESTED_AT_OFFSET = 10;
  private static final int VALID_TIME_OFFSET = 18;
  private static final int HEADER_LENGTH = 34;
  private static final int CHECKSUM_LENGTH = 4;
  private static final int NEVER_ARCHIVE = 1;
  private static final int HAS_VALID_TIME = 2;

  private EventValueCodec() {}

  /**
   * Returns the epoch second at which the TTL of an event has passed. The value may be damaged;
   * {@link Long#MAX_VALUE} if it is too short.
   */
  public static long expiresAtSecond(byte[] value) {
    return value.length < HEADER_LENGTH
        ? Long.MAX_VALUE
        : ByteBuffer.wrap(value).getLong(EXPIRES_AT_OFFSET);
  }

  /** Returns the length of the value of an event, in bytes. */
  public static int encodedLength(NewEvent event) {
    return HEADER_LENGTH + event.details().metadata().length + event.length() + CHECKSUM_LENGTH;
  }

  /** Returns the value of an event whose details contain its final times. */
  public static byte[] encode(NewEvent event) {
    return complete(prepare(event), event.details());
  }

  /**
   * Writes the times of an event, which are known at its commit, into its prepared value.
   *
   * @return the same array, complete with its checksum
   */
  public static byte[] complete(byte[] prepared, EventDetails details) {
    return ByteBuffer.wrap(prepared)
        .putLong(EXPIRES_AT_OFFSET, details.expiresAtSecond())
        .putLong(INGESTED_AT_OFFSET, details.ingestedAtMillis())
        .putInt(prepared.length - CHECKSUM_LENGTH, checksum(prepared))
        .array();
  }

  /** Returns the value of an event without its times and its checksum; see {@link #complete}. */
  public static byte[] prepare(NewEvent event) {
    EventDetails details = event.details();
    ByteBuffer value = ByteBuffer.allocate(encodedLength(event));
    value.put(VERSION).put(flags(details)).position(VALID_TIME_OFFSET);
    switch (details.validTime()) {
      case ValidTime.SameAsEventTime same -> value.putLong(0).putInt(0);
      case ValidTime.At at -> value.putLong(at.epochSecond()).putInt(at.nano());
    }
    value.putInt(details.metadata().length).put(details.metadata());
    value.put(event.payload(), event.offset(), event.length());
    return value.array();
  }

  /** Decodes an event; empty if its record is damaged or has an unknown version. */
  public static Optional<StoredEvent> decode(UUID eventType, EventId id, byte[] value) {
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
