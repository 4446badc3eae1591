package io.flowcore.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No result depends on the locale of the machine. Without {@code Locale.ROOT}, numbers have other
 * digits under ar-EG and other separators under de-DE, and the letter i has another upper case
 * under tr-TR. The time zone and the encoding of the machine count as well. Such a number in an
 * hour, an object key or a CQL statement loses data.
 */
class LocaleIndependenceTest {
  private static final String LITERAL =
      "(?:\"\"\"(?:[^\"\\\\]|\\\\.|\"(?!\"\"))*+\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*+\")";

  /** {@code formatted} accepts no locale, so its text must not contain a number. */
  private static final Pattern FORMATTED =
      Pattern.compile("(" + LITERAL + "(?:\\s*\\+\\s*" + LITERAL + ")*+)\\)?\\s*\\.formatted\\(");

  private static final Pattern NUMBER = Pattern.compile("%[\\d$#+ 0,(.-]*[dfeEgGxXoaAtT]");

  private static final Pattern WITHOUT_LOCALE =
      Pattern.compile(
          "\\bString\\.format\\(\\s*(?!Locale\\.ROOT)\\S"
              + "|\\.printf\\(\\s*(?!Locale\\.ROOT)\\S"
              + "|\\.to(?:Lower|Upper)Case\\(\\)"
              + "|\\bLocale\\.getDefault\\("
              + "|\\bZoneId\\.systemDefault\\(|\\bClock\\.systemDefaultZone\\("
              + "|\\b(?:LocalDate|LocalTime|LocalDateTime|ZonedDateTime|OffsetDateTime)\\.now\\(\\)"
              + "|\\bCharset\\.defaultCharset\\("
              + "|\\b(?:NumberFormat|DateFormat)\\.get\\w*Instance\\(\\)|\\bCollator\\.getInstance\\("
              + "|\\bnew (?:DecimalFormat|SimpleDateFormat|MessageFormat|Formatter)\\("
              + "|\\bDateTimeFormatter\\.(?:ofPattern\\([^,()]*\\)|ofLocalized)");

  private static List<String> offences(String name, String source) {
    List<String> found = new ArrayList<>();
    Matcher without = WITHOUT_LOCALE.matcher(source);
    while (without.find()) {
      found.add(place(name, source, without.start()));
    }
    Matcher formatted = FORMATTED.matcher(source);
    while (formatted.find()) {
      if (NUMBER.matcher(formatted.group(1)).find()) {
        found.add(place(name, source, formatted.start()));
      }
    }
    return found;
  }

  private static String place(String name, String source, int offset) {
    return name + ":" + source.substring(0, offset).lines().count();
  }

  @Test
  void mainCodeFormatsNumbersAndLettersWithoutTheLocaleOfTheMachine() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : RepositoryFiles.matching(name -> name.matches(".*src/main/java/.*\\.java"))) {
      found.addAll(offences(RepositoryFiles.name(file), Files.readString(file)));
    }
    assertThat(found).as("write String.format(Locale.ROOT, ...)").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "String.format(\n  \"%s\", a)",
        "out.printf(\"%s\", a)",
        "\"a %,d\".formatted(a)",
        "(\"a %d\"\n + \"b; c\")\n .formatted(a)",
        "\"\"\"\n\"%04d\"\n\"\"\".formatted(a)",
        "name.toLowerCase()",
        "ZoneId.systemDefault()",
        "LocalDateTime.now()",
        "Charset.defaultCharset()",
        "NumberFormat.getInstance()",
        "DateTimeFormatter.ofPattern(\"yyyy\")"
      })
  void aFormatWithoutALocaleIsFound(String source) {
    assertThat(offences("A.java", source)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "String.format(\n  Locale.ROOT, \"%d\", a)",
        "out.printf(Locale.ROOT, \"%d\", a)",
        "f(\"%d\"); \"%s\".formatted(a)",
        "name.toLowerCase(Locale.ROOT)",
      })
  void aFormatWithALocaleOrWithoutNumbersIsNotFound(String source) {
    assertThat(offences("A.java", source)).isEmpty();
  }
}
