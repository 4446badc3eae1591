package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Texts of valid JSON, in all the forms that RFC 8259 allows. */
final class JsonTexts {
  private static final int MAX_DEPTH = 3;

  private JsonTexts() {}

  /** Texts that UTF-8 can encode. */
  static Arbitrary<String> unicode() {
    return Arbitraries.strings()
        .all()
        .ofMaxLength(12)
        .map(text -> new String(text.getBytes(UTF_8), UTF_8));
  }

  static Arbitrary<String> space() {
    return Arbitraries.strings().withChars(" \t\r\n").ofMaxLength(2);
  }

  /** Strings with raw characters, short escapes and escaped code units, also halves of pairs. */
  static Arbitrary<String> string() {
    Arbitrary<String> raw = unicode().map(text -> text.replaceAll("[\\x00-\\x1f\"\\\\]", "_"));
    Arbitrary<String> escape =
        Arbitraries.of("\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000");
    Arbitrary<String> unit =
        Arbitraries.of("\\ud83d", "\\uDE00", "\\uD83D\\ude00", "\\u00fC", "\\uffff", "\\u2028");
    return Arbitraries.oneOf(raw, escape, unit)
        .list()
        .ofMaxSize(4)
        .map(parts -> "\"" + String.join("", parts) + "\"");
  }

  static Arbitrary<String> number() {
    Arbitrary<String> digits = Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(30);
    return Combinators.combine(
            Arbitraries.of("", "-"),
            digits.map(text -> text.replaceFirst("^0+(?=.)", "")),
            Arbitraries.oneOf(Arbitraries.just(""), digits.map(text -> "." + text)),
            Arbitraries.oneOf(
                Arbitraries.just(""),
                Combinators.combine(Arbitraries.of("e", "E", "e+", "E-"), digits)
                    .as((sign, text) -> sign + text)))
        .as((sign, whole, fraction, exponent) -> sign + whole + fraction + exponent);
  }

  private static Arbitrary<String> value(int depth) {
    Arbitrary<String> scalar =
        Arbitraries.oneOf(string(), number(), Arbitraries.of("true", "false", "null"));
    return depth == 0
        ? scalar
        : Arbitraries.oneOf(scalar, object(depth - 1), array(depth - 1), deepArray());
  }

  private static Arbitrary<String> deepArray() {
    return Arbitraries.integers().between(1, 900).map(n -> "[".repeat(n) + "]".repeat(n));
  }

  private static Arbitrary<String> array(int depth) {
    return spaced(value(depth)).list().ofMaxSize(3).map(items -> "[" + join(items) + "]");
  }

  private static Arbitrary<String> object(int depth) {
    // Few names, so that some repeat.
    Arbitrary<String> name = Arbitraries.oneOf(Arbitraries.of("\"a\"", "\"\\u0061\""), string());
    return Combinators.combine(spaced(name), spaced(value(depth)))
        .as((left, right) -> left + ":" + right)
        .list()
        .ofMaxSize(4)
        .map(fields -> "{" + join(fields) + "}");
  }

  private static Arbitrary<String> spaced(Arbitrary<String> text) {
    return Combinators.combine(space(), text, space()).as((a, b, c) -> a + b + c);
  }

  private static String join(List<String> parts) {
    return String.join(",", parts);
  }

  /** Objects, the payloads of events. */
  static Arbitrary<String> object() {
    return object(MAX_DEPTH);
  }
}
