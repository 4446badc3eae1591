package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.Patterns;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as users write them: {@code 5d}, {@code 12h}, {@code 30m}, {@code 45s}, {@code 1d12h}.
 */
public final class Durations {
  private static final Pattern SYNTAX = Pattern.compile(Patterns.DURATION);
  private static final long[] SECONDS = {86_400, 3_600, 60, 1};
  private static final String UNITS = "dhms";

  private Durations() {}

  /** Parses a duration into seconds. Returns empty if the text is not a duration; 0s is one. */
  public static OptionalLong parseSeconds(String text) {
    Matcher match = SYNTAX.matcher(text);
    if (text.isEmpty() || !match.matches()) {
      return OptionalLong.empty();
    }
    long total = 0;
    for (int unit = 0; unit < SECONDS.length; unit++) {
      String part = match.group(unit + 1);
      if (part != null) {
        total += Long.parseLong(part, 0, part.length() - 1, 10) * SECONDS[unit];
      }
    }
    return OptionalLong.of(total);
  }

  /** Returns the shortest text for a number of seconds, with the largest units first. */
  public static String format(long seconds) {
    if (seconds == 0) {
      return "0s";
    }
    StringBuilder text = new StringBuilder();
    long rest = seconds;
    for (int unit = 0; unit < SECONDS.length; unit++) {
      long count = rest / SECONDS[unit];
      rest %= SECONDS[unit];
      if (count > 0) {
        text.append(count).append(UNITS.charAt(unit));
      }
    }
    return text.toString();
  }
}
