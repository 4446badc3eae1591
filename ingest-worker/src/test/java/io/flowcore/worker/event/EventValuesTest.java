package io.flowcore.worker.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventValuesTest {
  @Property
  void anIdIsAVersion1UuidWhoseTimeIsTheEventTime(
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long ticks,
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long sequence) {
    UUID uuid = UUID.fromString(EventId.of(ticks, sequence).toString());

    assertThat(uuid.version()).isEqualTo(1);
    assertThat(uuid.variant()).isEqualTo(2);
    assertThat(uuid.timestamp()).isEqualTo(ticks);
    assertThat(uuid.node() & (1L << 40)).as("multicast bit").isNotZero();
  }

  @Property
  void parsesTheTextOfAnId(
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long ticks,
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long sequence) {
    EventId id = EventId.of(ticks, sequence);

    assertThat(EventId.parse(id.toString())).contains(id);
  }

  @Property
  void idsSortByTimeThenBySequence(
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long ticks,
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS - 1) long sequence,
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long other) {
    EventId id = EventId.of(ticks, sequence);

    assertThat(id).isLessThan(EventId.of(ticks, sequence + 1));
    assertThat(id).isBetween(EventId.first(ticks), EventId.last(ticks));
    assertThat(id.next()).isGreaterThan(id);
    assertThat(id.next().previous()).isEqualTo(id);
    if (other != ticks) {
      assertThat(id.compareTo(EventId.of(other, 0))).isEqualTo(Long.compare(ticks, other));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "00000000-0000-4000-8000-000000000000",
        "0-0-1000-8000-0",
        "4667a481-e781-11f1-03e3-cf814667a481"
      })
  void rejectsTextsThatAreNotVersion1Uuids(String text) {
    assertThat(EventId.parse(text)).isEmpty();
  }

  @Test
  void ticksHaveAPrecisionOf100Nanoseconds() {
    Instant instant = Instant.parse("2026-11-23T21:03:04.123456789Z");

    assertThat(EventTime.toInstant(EventTime.toTicks(instant)))
        .isEqualTo("2026-11-23T21:03:04.123456700Z");
    assertThat(EventTime.toTicks(EventTime.EPOCH)).isZero();
    assertThat(EventTime.isInRange(EventTime.EPOCH.minusNanos(1))).isFalse();
    assertThat(EventTime.isInRange(Instant.parse("5236-03-31T21:21:00.6846975Z"))).isTrue();
    assertThat(EventTime.isInRange(Instant.parse("5236-03-31T21:21:00.6846976Z"))).isFalse();
  }

  @Test
  void formatsTimesAsJavaScriptDoes() {
    assertThat(EventTime.format(Instant.parse("2026-01-01T00:00:00Z")))
        .isEqualTo("2026-01-01T00:00:00.000Z");
    assertThat(EventTime.format(Instant.parse("2026-01-01T00:00:00.5Z")))
        .isEqualTo("2026-01-01T00:00:00.500Z");
    assertThat(EventTime.formatMillis(Instant.parse("2026-11-26T02:56:27.052789100Z")))
        .isEqualTo("2026-11-26T02:56:27.052Z");
    assertThat(EventTime.formatMillis(Instant.parse("1969-12-31T23:59:59.9999999Z")))
        .isEqualTo("1969-12-31T23:59:59.999Z");
    assertThat(EventTime.formatMillis(Instant.parse("2026-11-26T02:56:27Z")))
        .isEqualTo("2026-11-26T02:56:27.000Z");
  }

  @Test
  void theTimesOfAnEventHaveMillisecondsAndItsIdHasTheFullPrecision() throws Exception {
    Instant time = Instant.parse("2026-11-26T02:56:27.052789100Z");
    EventId id = EventId.of(EventTime.toTicks(time), 1);
    byte[] metadata = "{\"event-time\":\"2026-11-26T02:56:27.052789100Z\"}".getBytes(UTF_8);
    EventDetails details =
        new EventDetails(0, 0, new EventDetails.ValidTime.SameAsEventTime(), true, metadata);

    JsonNode event =
        new ObjectMapper()
            .readTree(
                EventJson.bytes(
                    new EventNames("acme", new UUID(1, 2), "orders", "placed"),
                    new StoredEvent(new UUID(3, 4), id, details, "{}".getBytes(UTF_8))));

    assertThat(event.get("eventTime").asText()).isEqualTo("2026-11-26T02:56:27.052Z");
    assertThat(event.get("validTime").asText()).isEqualTo("2026-11-26T02:56:27.052Z");
    assertThat(event.at("/metadata/event-time").asText())
        .isEqualTo("2026-11-26T02:56:27.052789100Z");
    long ticks = UUID.fromString(event.get("eventId").asText()).timestamp();
    assertThat(EventTime.toInstant(ticks)).isEqualTo(time);
  }

  @Property
  void aBucketContainsItsTicksAndParsesItsOwnText(
      @ForAll @LongRange(min = 0, max = EventTime.MAX_TICKS) long ticks) {
    TimeBucket bucket = TimeBucket.ofTicks(ticks);

    assertThat(ticks).isBetween(bucket.firstTick(), bucket.lastTick());
    assertThat(TimeBucket.parse(bucket.toString())).contains(bucket);
  }

  @Test
  void bucketsAreHoursInUtc() {
    assertThat(TimeBucket.ofTicks(EventTime.toTicks(Instant.parse("2026-11-23T21:59:59.999Z"))))
        .hasToString("20261123210000");
    assertThat(TimeBucket.parse("20261123215959"))
        .contains(TimeBucket.parse("20261123210000").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026112321",
        "20261323210000",
        "20260230000000",
        "2026112324000x",
        "00010101000000",
        "２０２６１１２３２１００００"
      })
  void rejectsTextsThatAreNotBuckets(String text) {
    assertThat(TimeBucket.parse(text)).isEmpty();
  }
}
