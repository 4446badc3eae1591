package io.flowcore.worker.client;

import java.util.Locale;

/** Escapes texts of clients for a terminal. */
public final class PrintableText {
  private PrintableText() {}

  /**
   * Returns a text with characters that a terminal interprets written as {@code \}{@code uXXXX}:
   * control characters, line separators, and format characters such as those that change the
   * direction of writing.
   */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(character -> {
          switch (Character.getType(character)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.SURROGATE,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                escaped.append(String.format(Locale.ROOT, "\\u%04x", character));
            default -> escaped.appendCodePoint(character);
          }
        });
    return escaped.toString();
  }
}
