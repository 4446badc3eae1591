package io.flowcore.worker.ingest.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.LoneSurrogates;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/**
 * Validates a JSON body and splits it into events in one pass, without building objects. The stored
 * bytes are the bytes that the client sent.
 *
 * <p>Accepts strict RFC 8259 in UTF-8, at most {@value #MAX_DEPTH} levels deep. Duplicate names are
 * legal JSON and stay in the payload.
 */
public final class JsonSplitter {
  /** Deepest nesting: far beyond real events, far below what exhausts a consumer's stack. */
  static final int MAX_DEPTH = 1_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Clients choose the names: never intern them, and reject many that share one hash code.
          // They take much time here, and readers with default settings reject them too.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  // The limits of an event and of a request already bound these lengths.
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /**
   * One event of a body.
   *
   * @param offset offset of its JSON object in the body, in bytes
   * @param length length of the object, in bytes
   * @param eventTime the field with its event time, if the event has it
   * @param validTime the field with its valid time, if the event has it
   */
  public record Slice(
      int offset, int length, Optional<TimeField> eventTime, Optional<TimeField> validTime) {
    /** Returns the slice for a body that contains exactly one event and nothing else. */
    public static Slice whole(byte[] body) {
      return new Slice(0, body.length, Optional.empty(), Optional.empty());
    }
  }

  /**
   * A field that should contain a time.
   *
   * @param text its value; empty if the value is not a string
   * @param repeated whether the event has more than one field with this name
   */
  public record TimeField(String key, Optional<String> text, boolean repeated) {}

  /** Receives the events of a batch, one at a time and in order. */
  public interface BatchSink {
    /**
     * Accepts one event. An {@link ApiException} rejects this event, and the splitter continues
     * with the next one. The code {@code request_too_large} ends the batch.
     */
    void accept(Slice slice);
  }

  private interface Reading<T> {
    T read(JsonSplitter splitter, JsonParser parser) throws IOException;
  }

  private final TopLevelFields fields;

  /** The offset in the body of the parser's offset 0. */
  private int base;

  private final TimeFieldCollector eventTime;
  private final TimeFieldCollector validTime;

  private JsonSplitter(TopLevelFields fields) {
    this.fields = fields;
    eventTime = new TimeFieldCollector(fields.eventTimeKey());
    validTime = new TimeFieldCollector(fields.validTimeKey());
  }

  /**
   * Reads a body that must be one JSON object.
   *
   * @throws ApiException if the body is not valid
   */
  public static Slice parseSingle(byte[] body, int length, TopLevelFields fields) {
    return new JsonSplitter(fields).parse(body, length, JsonSplitter::readSingle);
  }

  /**
   * Reads a body that must be an array of JSON objects.
   *
   * @param maxEvents the limit of events in the batch
   * @throws ApiException if the body is not a valid batch, or with one detail for each of the first
   *     100 invalid events, including those that the sink rejected. The sink receives no event
   *     after them
   */
  public static void parseBatch(
      byte[] body, int length, TopLevelFields fields, int maxEvents, BatchSink sink) {
    BatchErrors errors = new BatchErrors();
    int count =
        new JsonSplitter(fields)
            .parse(
                body,
                length,
                (splitter, parser) -> splitter.readBatch(parser, maxEvents, sink, errors));
    errors.throwIfAny();
    if (count == 0) {
      throw new ApiException(
          ErrorCode.EMPTY_BATCH, "the batch contains no events; send at least one");
    }
  }

  private <T> T parse(byte[] body, int length, Reading<T> reading) {
    base = BodyEncoding.requireUtf8(body, length);
    try (JsonParser parser = createParser(body, length)) {
      return parse(parser, body, reading);
    } catch (IOException e) {
      throw new IllegalStateException("reading a byte array cannot fail", e);
    }
  }

  private JsonParser createParser(byte[] body, int length) throws IOException {
    // A factory remembers the names of earlier bodies. A copy does not.
    JsonFactory factory = FACTORY.copy();
    return LoneSurrogates.isIn(body, base, length)
        ? factory.createParser(LoneSurrogates.mask(body, base, length))
        : factory.createParser(body, base, length - base);
  }

  private <T> T parse(JsonParser parser, byte[] body, Reading<T> reading) throws IOException {
    try {
      T result = reading.read(this, parser);
      if (parser.nextToken() != null) {
        throw InvalidJson.at(
            body,
            base + (int) parser.currentTokenLocation().getByteOffset(),
            "unexpected content after the JSON value");
      }
      return result;
    } catch (StreamConstraintsException e) {
      throw InvalidJson.at(
          parser.currentTokenLocation(),
          parser.getParsingContext().getNestingDepth() > MAX_DEPTH
              ? "the nesting is deeper than the limit of " + MAX_DEPTH + " levels"
              : "too many property names have the same hash code; use other names");
    } catch (JsonProcessingException e) {
      throw InvalidJson.of(e);
    }
  }

  private Slice readSingle(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw InvalidJson.at(parser.currentLocation(), "the body is empty; send one JSON object");
    }
    if (token != JsonToken.START_OBJECT) {
      skipValue(parser);
    }
    if (token == JsonToken.START_ARRAY) {
      throw new ApiException(
          ErrorCode.PAYLOAD_NOT_OBJECT,
          "the body is an array, but this URL accepts one JSON object; send arrays to /events/{tenant}/{dataCore}/{flowType}/{eventType}");
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
    requireArray(parser);
    int index = 0;
    JsonToken token;
    while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
      if (index >= maxEvents) {
        throw new ApiException(
            ErrorCode.BATCH_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "the batch exceeds the limit of %,d events; send smaller batches",
                maxEvents));
      }
      if (token == JsonToken.START_OBJECT) {
        errors.check(index, readObject(parser), sink);
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

  private static void requireArray(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw InvalidJson.at(
          parser.currentLocation(), "the body is empty; send a JSON array of objects");
    }
    if (token != JsonToken.START_ARRAY) {
      skipValue(parser);
      throw new ApiException(
          ErrorCode.NOT_AN_ARRAY,
          "the body is "
              + describe(token)
              + ", but this URL accepts an array of objects; send single objects to"
              + " /event/{tenant}/{dataCore}/{flowType}/{eventType}");
    }
  }

  /** Reads to the end of the object whose first token is the current one. */
  private Slice readObject(JsonParser parser) throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    eventTime.reset();
    validTime.reset();
    if (fields.isEmpty()) {
      skipValue(parser);
    } else {
      readFields(parser);
    }
    int length = (int) (parser.currentLocation().getByteOffset() - start);
    return new Slice(base + (int) start, length, eventTime.field(), validTime.field());
  }

  private void readFields(JsonParser parser) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      var _ = parser.nextToken();
      eventTime.accept(name, parser);
      validTime.accept(name, parser);
      skipValue(parser);
    }
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
        // The parser validates the end of a number or string only when asked to finish the token.
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
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "not a value";
    };
  }
}
