package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.ingest.json.ExactJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Parses the header {@value #NAME}: a JSON object, either plain or in base64 (standard or URL-safe,
 * with or without padding).
 */
public final class MetadataHeader {
  /** The name of the header. */
  public static final String NAME = "x-flowcore-metadata-json";

  /** The maximum size of the JSON after decoding, in bytes. */
  static final int MAX_BYTES = 16 << 10;

  private MetadataHeader() {}

  /**
   * Parses the value of the header. An entry that is not a string becomes its JSON text.
   *
   * @throws ApiException with {@code invalid_metadata} if the value is not valid
   */
  static Map<String, String> parse(String header) {
    String text = header.strip();
    if (text.isEmpty()) {
      return Map.of();
    }
    return parseObject(text.startsWith("{") ? checkSize(text) : decode(text));
  }

  /** Encodes metadata as the JSON object that is stored, in UTF-8. */
  static byte[] encode(Map<String, String> metadata) {
    try {
      return ExactJson.MAPPER.writeValueAsBytes(metadata);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing strings as JSON cannot fail", e);
    }
  }

  private static Map<String, String> parseObject(String json) {
    Map<String, String> metadata = new LinkedHashMap<>();
    try (JsonParser parser = ExactJson.MAPPER.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw invalid("must contain a JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        var _ = parser.nextToken();
        metadata.put(name, readValue(json, parser));
      }
      if (parser.nextToken() != null) {
        throw invalid("contains more than one JSON object");
      }
    } catch (JsonProcessingException e) {
      throw invalid("is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("reading a string cannot fail", e);
    }
    return metadata;
  }

  /** Returns a string, or the text of any other value as it was sent. */
  private static String readValue(String json, JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    int start = (int) parser.currentTokenLocation().getCharOffset();
    var _ = parser.skipChildren();
    parser.finishToken();
    return json.substring(start, (int) parser.currentLocation().getCharOffset());
  }

  private static String decode(String base64) {
    byte[] bytes;
    try {
      String standard = base64.replace('-', '+').replace('_', '/');
      int end = standard.length();
      while (end > 0 && standard.charAt(end - 1) == '=') {
        end--;
      }
      bytes = Base64.getDecoder().decode(standard.substring(0, end));
    } catch (IllegalArgumentException e) {
      throw invalid("is neither base64 nor a JSON object that starts with '{'");
    }
    try {
      return checkSize(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      // @flowcore/sdk encodes with btoa(), which writes characters up to U+00FF as single bytes.
      return checkSize(new String(bytes, ISO_8859_1));
    }
  }

  private static String checkSize(String json) {
    int size = json.getBytes(UTF_8).length;
    if (size > MAX_BYTES) {
      throw invalid(
          String.format(
              Locale.ROOT, "contains %,d bytes of JSON; the limit is %,d bytes", size, MAX_BYTES));
    }
    return json;
  }

  private static ApiException invalid(String problem) {
    return new ApiException(ErrorCode.INVALID_METADATA, "the header " + NAME + " " + problem);
  }
}
