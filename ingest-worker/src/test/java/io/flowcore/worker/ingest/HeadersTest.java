package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.SenderLimits;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {
  private static final EventTypeEntry TYPE =
      new EventTypeEntry(
          new UUID(0, 0),
          "t",
          "",
          Instant.EPOCH,
          432_000,
          604_800,
          true,
          65_536,
          true,
          Optional.empty());
  private static final SenderLimits LIMITS = new SenderLimits(1, 1, 1, 3_600, Optional.empty());
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  @Test
  void acceptsMetadataInAnyBase64AndInPlainJson() {
    byte[] json = "{\"a\":\"ü??>>\",\"n\":1.50,\"o\":{\"b\":[1]}}".getBytes(UTF_8);
    Map<String, String> expected = Map.of("a", "ü??>>", "n", "1.50", "o", "{\"b\":[1]}");

    assertThat(MetadataHeader.parse(Base64.getEncoder().encodeToString(json))).isEqualTo(expected);
    assertThat(MetadataHeader.parse(Base64.getEncoder().withoutPadding().encodeToString(json)))
        .isEqualTo(expected);
    assertThat(MetadataHeader.parse(Base64.getUrlEncoder().encodeToString(json)))
        .isEqualTo(expected);
    assertThat(MetadataHeader.parse(" " + new String(json, UTF_8))).isEqualTo(expected);
    assertThat(MetadataHeader.parse(Base64.getUrlEncoder().withoutPadding().encodeToString(json)))
        .isEqualTo(expected);
    assertThat(MetadataHeader.parse("")).isEmpty();
    assertThat(MetadataHeader.parse("e30")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1e5|1e5",
        "-0.0|-0.0",
        "1.10|1.10",
        "1e99999999999|1e99999999999",
        "12345678901234567890|12345678901234567890",
        "true|true",
        "null|null",
        "[1, 2 ]|[1, 2 ]",
        "{\"b\" : 1.0}|{\"b\" : 1.0}",
        "\"1e5\"|1e5",
        "\"\\u00e9\\ud800\"|\u00e9\ud800",
      })
  void storesAValueThatIsNoStringAsItsJsonText(String json, String text) {
    Map<String, String> metadata = MetadataHeader.parse("{\"a\": " + json + " ,\"b\":\"c\"}");

    assertThat(metadata).isEqualTo(Map.of("a", text, "b", "c"));
    // The parser restores even half of a surrogate pair.
    assertThat(MetadataHeader.parse(new String(MetadataHeader.encode(metadata), UTF_8)))
        .isEqualTo(metadata);
  }

  @Test
  void acceptsMetadataOfTheSdkInLatin1() {
    String btoa = Base64.getEncoder().encodeToString("{\"a\":\"é\"}".getBytes(ISO_8859_1));

    assertThat(MetadataHeader.parse(btoa)).containsEntry("a", "é");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!!!",
        "{",
        "{}{}",
        "W10",
        "e30gZQ==",
        "MQ==",
        "bnVsbA==",
        "{\"a\":1e}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":1} x",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "e30 e30"
      })
  void rejectsInvalidMetadata(String header) {
    assertThat(catchThrowableOfType(ApiException.class, () -> MetadataHeader.parse(header)).code())
        .isEqualTo(ErrorCode.INVALID_METADATA);
  }

  @Test
  void limitsTheDecodedSizeOfMetadata() {
    String fits = "{\"a\":\"" + "x".repeat(16_384 - 8) + "\"}";
    assertThat(MetadataHeader.parse(Base64.getEncoder().encodeToString(fits.getBytes(UTF_8))))
        .hasSize(1);

    assertThatThrownBy(() -> MetadataHeader.parse(fits.replace("{", "{ ")))
        .hasMessageContaining("16,385")
        .hasMessageContaining("16,384");
  }

  @ParameterizedTest
  @CsvSource({
    "5d,432000",
    "12h,43200",
    "30m,1800",
    "45s,45",
    "1d12h,129600",
    "86400,86400",
    "true,432000",
    "7d,604800"
  })
  void acceptsTtls(String text, long seconds) {
    assertThat(Ttl.parseSeconds(Optional.of(text), TYPE)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "0s", "604801", "8d", "soon", "", "-1", "1.5h", "false", "99999999999999"})
  void rejectsInvalidTtls(String text) {
    ApiException error =
        catchThrowableOfType(ApiException.class, () -> Ttl.parseSeconds(Optional.of(text), TYPE));

    assertThat(error.code()).isEqualTo(ErrorCode.INVALID_TTL);
    assertThat(error.getMessage()).contains(text);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:00:00Z,2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.123456789+05:30,2025-12-31T18:30:00.123456789Z",
    "2024-02-29T12:00Z,2024-02-29T12:00:00Z",
    "1969-12-31T23:59:59-01:00,1970-01-01T00:59:59Z",
    "2026-01-01t00:00:00z,2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00+01,2025-12-31T23:00:00Z",
    "2026-01-01T00:00:00-0130,2026-01-01T01:30:00Z",
    "2026-01-01T00:00:00-00:00,2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.1Z,2026-01-01T00:00:00.1Z",
    "2016-12-31T23:59:59.999999999Z,2016-12-31T23:59:59.999999999Z",
    "1582-10-15T00:00:00Z,1582-10-15T00:00:00Z"
  })
  void acceptsTimestamps(String text, Instant instant) {
    assertThat(Timestamps.parse(text)).isEqualTo(instant);
    assertThat(Timestamps.parseEventTicks(text, NOW, LIMITS)).isEqualTo(EventTime.toTicks(instant));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2023-02-29T00:00:00Z",
        "1767225600",
        "2016-12-31T23:59:60Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00+18:01",
        "2026-01-01T00:00:00+01:60",
        "2026-13-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "-0001-12-31T23:59:59Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-W01-1T00:00:00Z",
        "2026-01-01T00:00:00Z[UTC]",
        "now",
        "2026-01-01 00:00:00Z"
      })
  void rejectsInvalidTimestamps(String text) {
    assertThatThrownBy(() -> Timestamps.parse(text))
        .isInstanceOf(DateTimeException.class)
        .hasMessageContaining("ISO 8601");
  }

  @Test
  void rejectsEventTimesOutOfRangeAndNamesTheLimit() {
    assertThatThrownBy(() -> Timestamps.parseEventTicks("1582-10-14T23:59:59Z", NOW, LIMITS))
        .hasMessageContaining("1582-10-15");
    assertThatThrownBy(() -> Timestamps.parseEventTicks("6000-01-01T00:00:00Z", NOW, LIMITS))
        .hasMessageContaining("5236");
    assertThatThrownBy(() -> Timestamps.parseEventTicks("2026-06-01T13:00:01Z", NOW, LIMITS))
        .hasMessageContaining("3600 seconds");
    assertThat(Timestamps.parseEventTicks("2026-06-01T13:00:00Z", NOW, LIMITS)).isPositive();
  }

  @Test
  void rejectsEventTimesOlderThanTheLimitOfTheDataCoreAndNamesIt() {
    SenderLimits oneDay = new SenderLimits(1, 1, 1, 3_600, Optional.of(86_400L));

    assertThat(Timestamps.parseEventTicks("2026-05-31T12:00:00Z", NOW, oneDay)).isPositive();
    assertThatThrownBy(() -> Timestamps.parseEventTicks("2026-05-31T11:59:59.999Z", NOW, oneDay))
        .hasMessageContaining("limits.maxPastAge")
        .hasMessageContaining("86400 seconds");
    assertThat(Timestamps.parseEventTicks("1582-10-15T00:00:00Z", NOW, LIMITS))
        .as("no limit by default")
        .isZero();
  }
}
