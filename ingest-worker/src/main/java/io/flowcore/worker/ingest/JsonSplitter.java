package io.flowcore.worker.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Validates JSON and cuts it into events in one pass, without building objects: what is stored is
 * the sender's own bytes.
 *
 * <p>Strict RFC 8259, in UTF-8, no deeper than {@value #MAX_DEPTH} levels. Duplicate names are left
 * alone: they are legal, and the payload comes back exactly as it was sent.
 */
final class JsonSplitter {
  /** Deepest nesting. Far beyond real events, far below what would exhaust a consumer's stack. */
  static final int MAX_DEPTH = 1_000;

  /** What the parser's messages say of its settings and sources, up to their end. */
  private static final Pattern LIBRARY_REMARK =
      Pattern.compile(
          "(?s)[\\s:;,(]*(?:enable `|consider enabl|start marker|not recognized|for \\w+ starting|\\[Source).*");

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Names come from strangers: never interned, and their hashes may collide without an
          // error.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  // Sizes are bounded by the limits of an event and of a request, before this.
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /**
   * One event of a body.
   *
   * @param offset where its object begins
   * @param length its bytes
   * @param eventTime text of the field that holds its event time
   * @param validTime text of the field that holds its valid time
   */
  record Cut(
      int offset, int length, Optional<TimeField> eventTime, Optional<TimeField> validTime) {}

  /**
   * A field that should hold a time.
   *
   * @param text its value; empty if that is no text
   */
  record TimeField(String key, Optional<String> text) {}

  private final TopLevelFields fields;

  /** Where the parser's offset 0 lies in the body. */
  private int base;

  private Optional<TimeField> eventTime = Optional.empty();
  private Optional<TimeField> validTime = Optional.empty();

  private JsonSplitter(TopLevelFields fields) {
    this.fields = fields;
  }

  /** Takes a body that should be one JSON object. */
  static Cut single(byte[] body, int length, TopLevelFields fields) {
    return new JsonSplitter(fields).parse(body, length, JsonSplitter::readSingle);
  }

  /** Takes the events of a batch one by one, in its order. */
  interface BatchSink {
    /**
     * Takes an event; what it throws belongs to this event, but for {@code request_too_large},
     * which ends the batch.
     */
    void accept(Cut cut);
  }

  /**
   * Takes a body that should be an array of JSON objects.
   *
   * @param maxEvents more are refused
   * @throws RequestRefused for the body as a whole, or for every bad event in it, also those that
   *     the sink refused
   */
  static void batch(byte[] body, int length, TopLevelFields fields, int maxEvents, BatchSink sink) {
    BatchErrors errors = new BatchErrors();
    int count =
        new JsonSplitter(fields)
            .parse(
                body,
                length,
                (cutter, parser) -> cutter.readBatch(parser, maxEvents, sink, errors));
    errors.throwIfAny();
    if (count == 0) {
      throw new ApiException(ErrorCode.EMPTY_BATCH, "the batch holds no event; send 1 at least");
    }
  }

  private interface Reading<T> {
    T read(JsonSplitter cutter, JsonParser parser) throws IOException;
  }

  private <T> T parse(byte[] body, int length, Reading<T> reading) {
    int invalid = Utf8.firstInvalid(body, length);
    if (invalid >= 0) {
      throw invalidJson("the body is not UTF-8", Position.of(body, invalid));
    }
    base = startsWithByteOrderMark(body, length) ? 3 : 0;
    if (looksLikeUtf16(body, base, length)) {
      throw invalidJson("a zero byte is no JSON; the body must be UTF-8", new Position(1, 1));
    }
    try (JsonParser parser = FACTORY.createParser(body, base, length - base)) {
      return parse(parser, body, reading);
    } catch (IOException e) {
      throw new IllegalStateException("an array of bytes can be read", e);
    }
  }

  private <T> T parse(JsonParser parser, byte[] body, Reading<T> reading) throws IOException {
    try {
      T result = reading.read(this, parser);
      if (parser.nextToken() != null) {
        throw invalidJson(
            "something follows the JSON value",
            Position.of(body, base + (int) parser.currentTokenLocation().getByteOffset()));
      }
      return result;
    } catch (StreamConstraintsException e) {
      throw invalidJson(
          "nesting is deeper than " + MAX_DEPTH + " levels",
          Position.of(parser.currentTokenLocation()));
    } catch (JsonProcessingException e) {
      throw invalidJson(explain(e), Position.of(e.getLocation()));
    }
  }

  /** The parser's sentence without its remarks on the settings of a library. */
  private static String explain(JsonProcessingException e) {
    return LIBRARY_REMARK.matcher(e.getOriginalMessage()).replaceAll("");
  }

  private Cut readSingle(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new ApiException(ErrorCode.INVALID_JSON, "the body is empty; send one JSON object");
    }
    if (token != JsonToken.START_OBJECT) {
      skipValue(parser);
    }
    if (token == JsonToken.START_ARRAY) {
      throw new ApiException(
          ErrorCode.PAYLOAD_NOT_OBJECT,
          "the body is an array, this URL takes one JSON object; post arrays to /events/{tenant}/{dataCore}/{flowType}/{eventType}");
    }
    if (token != JsonToken.START_OBJECT) {
      throw new ApiException(
          ErrorCode.PAYLOAD_NOT_OBJECT,
          "the body is " + describe(token) + "; send one JSON object");
    }
    return readObject(parser);
  }

  private int readBatch(JsonParser parser, int maxEvents, BatchSink sink, BatchErrors errors)
      throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new ApiException(
          ErrorCode.INVALID_JSON, "the body is empty; send a JSON array of objects");
    }
    if (token != JsonToken.START_ARRAY) {
      skipValue(parser);
      throw new ApiException(
          ErrorCode.NOT_AN_ARRAY,
          "the body is "
              + describe(token)
              + ", this URL takes an array of objects; post single objects to"
              + " /event/{tenant}/{dataCore}/{flowType}/{eventType}");
    }
    int index = 0;
    while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
      if (index >= maxEvents) {
        throw new ApiException(
            ErrorCode.BATCH_TOO_LARGE,
            "the batch holds more than " + maxEvents + " events, which is the limit");
      }
      if (token == JsonToken.START_OBJECT) {
        Cut cut = readObject(parser);
        try {
          sink.accept(cut);
        } catch (ApiException refused) {
          if (refused.code() == ErrorCode.REQUEST_TOO_LARGE) {
            throw refused;
          }
          errors.add(index, refused.code(), refused.getMessage());
        }
      } else {
        skipValue(parser);
        errors.add(
            index,
            ErrorCode.PAYLOAD_NOT_OBJECT,
            "the event is " + describe(token) + ", not an object");
      }
      index++;
    }
    return index;
  }

  /** Reads to the end of the object that has just begun. */
  private Cut readObject(JsonParser parser) throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    eventTime = Optional.empty();
    validTime = Optional.empty();
    if (fields.isEmpty()) {
      skipValue(parser);
    } else {
      readFields(parser);
    }
    int length = (int) (parser.currentLocation().getByteOffset() - start);
    return new Cut(base + (int) start, length, eventTime, validTime);
  }

  private void readFields(JsonParser parser) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      // The last one counts where a name stands twice, as JSON.parse has it.
      if (fields.eventTimeKey().isPresent() && fields.eventTimeKey().get().equals(name)) {
        eventTime = Optional.of(timeField(name, value, parser));
      }
      if (fields.validTimeKey().isPresent() && fields.validTimeKey().get().equals(name)) {
        validTime = Optional.of(timeField(name, value, parser));
      }
      skipValue(parser);
    }
  }

  private static TimeField timeField(String name, JsonToken value, JsonParser parser)
      throws IOException {
    return new TimeField(
        name, value == JsonToken.VALUE_STRING ? Optional.of(parser.getText()) : Optional.empty());
  }

  /** Validates to the end of the value whose first token is the current one. */
  private static void skipValue(JsonParser parser) throws IOException {
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (true) {
      if (token == null) {
        return;
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
      if (depth == 0) {
        // A number or text at the end is checked only when its end has been looked for.
        parser.finishToken();
        return;
      }
      token = parser.nextToken();
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a text";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "no value";
    };
  }

  private static boolean startsWithByteOrderMark(byte[] body, int length) {
    return length >= 3
        && body[0] == (byte) 0xEF
        && body[1] == (byte) 0xBB
        && body[2] == (byte) 0xBF;
  }

  /**
   * The parser would guess UTF-16 or UTF-32 from zero bytes near the start. Neither is allowed (RFC
   * 8259 §8.1).
   */
  private static boolean looksLikeUtf16(byte[] body, int start, int length) {
    for (int i = start; i < Math.min(start + 4, length); i++) {
      if (body[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private static ApiException invalidJson(String problem, Position position) {
    return new ApiException(
        ErrorCode.INVALID_JSON,
        problem + " (line " + position.line() + ", column " + position.column() + ")");
  }

  /** A place in a body, for people: both from 1, the column in bytes. */
  private record Position(int line, int column) {
    static Position of(byte[] body, int offset) {
      int line = 1;
      int lineStart = 0;
      for (int i = 0; i < offset && i < body.length; i++) {
        if (body[i] == '\n') {
          line++;
          lineStart = i + 1;
        }
      }
      return new Position(line, offset - lineStart + 1);
    }

    static Position of(JsonLocation location) {
      return location == null
          ? new Position(1, 1)
          : new Position(location.getLineNr(), location.getColumnNr());
    }
  }
}
