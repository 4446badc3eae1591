package io.flowcore.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesAndUnitsTest {
  @Test
  void idsAreVersion5AndNeverChange() {
    // Archives contain these ids. A change that fails this test orphans existing archives.
    assertThat(Ids.tenant("acme"))
        .isEqualTo(UUID.fromString("283173f9-b912-5a87-8ade-539e35ae84d8"));
    assertThat(Ids.dataCore("acme", "shop"))
        .isEqualTo(UUID.fromString("9a3c0276-dffa-58c0-9a3d-50e1f8360d06"));
    assertThat(Ids.flowType(Ids.dataCore("acme", "shop"), "orders"))
        .isEqualTo(UUID.fromString("2b7f1f6a-edab-5558-9546-ea632447310b"));
    assertThat(Ids.tenant("acme").version()).isEqualTo(5);
    assertThat(Ids.tenant("acme").variant()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "5d,432000",
    "12h,43200",
    "30m,1800",
    "45s,45",
    "1d12h,129600",
    "1d1h1m1s,90061",
    "0s,0"
  })
  void parsesDurations(String text, long seconds) {
    assertThat(Durations.parseSeconds(text)).hasValue(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "d", "-1d", "1h1d", "1.5h", "5 d", "5D", "1d ", "999999d"})
  void rejectsInvalidDurations(String text) {
    assertThat(Durations.parseSeconds(text)).isEmpty();
  }

  @Property
  void parsesTheDurationsThatItFormats(
      @ForAll @LongRange(min = 0, max = 8_639_999_999L) long seconds) {
    assertThat(Durations.parseSeconds(Durations.format(seconds)))
        .isEqualTo(OptionalLong.of(seconds));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "64Ki,65536", "10Mi,10485760", "1G,1000000000", "2Ti,2199023255552"})
  void parsesSizes(String text, long bytes) {
    assertThat(Sizes.parseBytes(text)).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5Mi", "64KiB", "64 Ki", "Ki", "999999999999Ti"})
  void rejectsInvalidSizes(String text) {
    assertThat(Sizes.parseBytes(text)).isEmpty();
  }
}
