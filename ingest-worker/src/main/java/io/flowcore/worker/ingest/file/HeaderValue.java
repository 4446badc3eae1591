package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The value of a Content-Disposition or Content-Type header: a word and parameters. Their texts are
 * kept as they were sent, blanks included.
 *
 * @param word in lower case, such as {@code form-data}
 */
record HeaderValue(String word, Map<String, String> parameters) {
  HeaderValue {
    parameters = Map.copyOf(parameters);
  }

  /** A header that cannot be read in one way only. The message is for clients. */
  static final class InvalidHeaderException extends Exception {
    private static final long serialVersionUID = 1;

    InvalidHeaderException(String message) {
      super(message);
    }
  }

  /**
   * Parses a value.
   *
   * @throws InvalidHeaderException if it is malformed or a parameter appears twice
   */
  static HeaderValue parse(String text) throws InvalidHeaderException {
    Parser parser = new Parser(text);
    String word = parser.token();
    Map<String, String> parameters = new HashMap<>();
    while (parser.skipSeparator()) {
      String name = parser.token();
      if (!name.isEmpty() && parameters.put(name, parser.value()) != null) {
        throw new InvalidHeaderException("the parameter '" + name + "' appears more than once");
      }
    }
    return new HeaderValue(word, parameters);
  }

  /**
   * Returns a parameter. The form with a charset, such as {@code filename*=UTF-8''%e2%82%ac}, takes
   * precedence (RFC 6266 §4.3).
   *
   * @throws InvalidHeaderException if that form is malformed
   */
  Optional<String> parameter(String name) throws InvalidHeaderException {
    String extended = parameters.get(name + "*");
    return extended == null
        ? Optional.ofNullable(parameters.get(name))
        : Optional.of(decodeExtended(name, extended));
  }

  /** Decodes RFC 8187: charset, language, and bytes that are percent-encoded. */
  private static String decodeExtended(String name, String text) throws InvalidHeaderException {
    String[] parts = text.split("'", 3);
    if (parts.length == 3) {
      try {
        return charset(parts[0]).newDecoder().decode(percentDecode(parts[2])).toString();
      } catch (CharacterCodingException | IllegalArgumentException e) {
        // Reported below, as any other mistake in it.
      }
    }
    throw new InvalidHeaderException(
        "the parameter '"
            + name
            + "*' is not UTF-8'' or ISO-8859-1'' and a percent-encoded text in that charset");
  }

  private static Charset charset(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "UTF-8" -> UTF_8;
      case "ISO-8859-1" -> ISO_8859_1;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static ByteBuffer percentDecode(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' && i + 2 < text.length()) {
        bytes.put((byte) Integer.parseUnsignedInt(text, i + 1, i + 3, 16));
        i += 2;
      } else if (c > ' ' && c < 127 && c != '%') {
        bytes.put((byte) c);
      } else {
        throw new IllegalArgumentException("not percent-encoded");
      }
    }
    return bytes.flip();
  }

  /** Reads a value from its start to its end. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    private boolean isAt(String characters) {
      return at < text.length() && characters.indexOf(text.charAt(at)) >= 0;
    }

    private void skipBlanks() {
      while (isAt(" \t")) {
        at++;
      }
    }

    /** Returns a word in lower case; empty if there is none. */
    String token() {
      skipBlanks();
      int start = at;
      while (at < text.length() && !isAt("=; \t\"")) {
        at++;
      }
      return text.substring(start, at).toLowerCase(Locale.ROOT);
    }

    /** Moves past a semicolon. Returns false at the end of the text. */
    boolean skipSeparator() throws InvalidHeaderException {
      skipBlanks();
      if (at == text.length()) {
        return false;
      }
      if (!isAt(";")) {
        throw new InvalidHeaderException(
            "unexpected characters follow a value; separate parameters with ';', and write a quote inside a quoted text as \\\"");
      }
      at++;
      return true;
    }

    String value() throws InvalidHeaderException {
      skipBlanks();
      if (!isAt("=")) {
        throw new InvalidHeaderException("a parameter has no value");
      }
      at++;
      skipBlanks();
      if (isAt("\"")) {
        return quoted();
      }
      int start = at;
      while (at < text.length() && !isAt("; \t\"")) {
        at++;
      }
      return text.substring(start, at);
    }

    /** Browsers do not escape a backslash, so one before any other character is itself. */
    private String quoted() throws InvalidHeaderException {
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return value.toString();
        }
        boolean escape =
            c == '\\' && at + 1 < text.length() && "\"\\".indexOf(text.charAt(at + 1)) >= 0;
        if (escape) {
          at++;
        }
        value.append(text.charAt(at));
      }
      throw new InvalidHeaderException("a quoted text has no closing quote");
    }
  }
}
