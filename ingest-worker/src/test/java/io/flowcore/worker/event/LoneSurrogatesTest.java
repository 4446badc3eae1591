package io.flowcore.worker.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoneSurrogatesTest {
  /** Complete escapes, pairs first, so that what matches the group is a half of a pair. */
  private static final Pattern ESCAPES =
      Pattern.compile(
          "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\\\.",
          Pattern.DOTALL);

  private static String mask(String text, int chunk) {
    byte[] bytes = ("x" + text + "\\ud800").getBytes(UTF_8);
    int end = bytes.length - 6;
    ByteArrayOutputStream masked = new ByteArrayOutputStream();
    try (InputStream in = LoneSurrogates.mask(bytes, 1, end)) {
      byte[] buffer = new byte[chunk + 2];
      for (int count = in.read(buffer, 2, chunk); count >= 0; count = in.read(buffer, 2, chunk)) {
        masked.write(buffer, 2, count);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    String result = masked.toString(UTF_8);
    assertThat(LoneSurrogates.isIn(bytes, 1, end)).isEqualTo(!result.equals(text));
    return result;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\ud800|\\uffff",
        "a\\uDBFFb|a\\uffffb",
        "\\udc00|\\uffff",
        "\\ud83d\\ude00|\\ud83d\\ude00",
        "\\ud83d\\ud83d\\ude00|\\uffff\\ud83d\\ude00",
        "\\ude00\\ud83d|\\uffff\\uffff",
        "\\\\ud800|\\\\ud800",
        "\\\\\\ud800|\\\\\\uffff",
        "\\ud80|\\ud80",
        "\\ud7ff\\ue000|\\ud7ff\\ue000",
        "\\ud83d\\n|\\uffff\\n",
        "\\|\\",
      })
  void replacesTheDigitsOfHalvesOnly(String text, String expected) {
    for (int chunk = 1; chunk < 20; chunk++) {
      assertThat(mask(text, chunk)).isEqualTo(expected);
    }
  }

  @Property(tries = 3_000)
  void masksWhatAnExpressionFinds(
      @ForAll("escapes") String text, @ForAll @IntRange(min = 1, max = 30) int chunk) {
    String expected =
        ESCAPES
            .matcher(text)
            .replaceAll(match ->
                match.group(1) == null ? Matcher.quoteReplacement(match.group()) : "\\\\uffff");

    assertThat(mask(text, chunk)).isEqualTo(expected);
  }

  @Provide
  Arbitrary<String> escapes() {
    return Arbitraries.of(
            List.of(
                "\\",
                "\\u",
                "\\ud83d",
                "\\uDE00",
                "\\u00e9",
                "u",
                "d83d",
                "de00",
                "\"",
                "ü",
                "abcdefgh"))
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }
}
