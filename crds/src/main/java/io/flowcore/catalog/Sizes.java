package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.Patterns;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Sizes in bytes as users write them: {@code 65536}, {@code 64Ki}, {@code 10Mi}, {@code 1G}. */
public final class Sizes {
  private static final Pattern SYNTAX = Pattern.compile(Patterns.SIZE);
  private static final Map<String, Long> FACTORS =
      Map.of(
          "",
          1L,
          "k",
          1_000L,
          "M",
          1_000_000L,
          "G",
          1_000_000_000L,
          "T",
          1_000_000_000_000L,
          "Ki",
          1L << 10,
          "Mi",
          1L << 20,
          "Gi",
          1L << 30,
          "Ti",
          1L << 40);

  private static final Pattern QUANTITY = Pattern.compile(Patterns.QUANTITY);

  private Sizes() {}

  /** Parses a Kubernetes quantity such as {@code 1.5Gi} into bytes. Empty if it is none. */
  static Optional<BigDecimal> parseQuantity(String text) {
    if (!QUANTITY.matcher(text).matches()) {
      return Optional.empty();
    }
    String suffix = text.replaceAll("[0-9.]", "");
    BigDecimal number = new BigDecimal(text.substring(0, text.length() - suffix.length()));
    return Optional.of(
        suffix.equals("m")
            ? number.movePointLeft(3)
            : number.multiply(BigDecimal.valueOf(FACTORS.get(suffix))));
  }

  /** Parses a size into bytes. Returns empty if the text is not a positive size below 2^63. */
  public static OptionalLong parseBytes(String text) {
    if (!SYNTAX.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    long count = Long.parseLong(text, 0, digits, 10);
    long factor = FACTORS.get(text.substring(digits));
    return count > Long.MAX_VALUE / factor ? OptionalLong.empty() : OptionalLong.of(count * factor);
  }
}
