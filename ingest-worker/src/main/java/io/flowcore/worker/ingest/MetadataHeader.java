package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The header {@value #NAME}: a JSON object, in base64 of either alphabet with or without padding,
 * or plain.
 */
public final class MetadataHeader {
  /** Name of the header. */
  public static final String NAME = "x-flowcore-metadata-json";

  /** Bytes of JSON at most, after decoding. */
  static final int MAX_BYTES = 16 << 10;

  /** What the server makes of a byte above 127 in a header. */
  private static final char REPLACEMENT = '\uFFFD';

  private MetadataHeader() {}

  /** Reads a header's value. Values of the object that are no texts are kept as their JSON text. */
  static Map<String, String> parse(String header) {
    String text = header.strip();
    if (text.isEmpty()) {
      return Map.of();
    }
    if (text.indexOf(REPLACEMENT) >= 0) {
      throw refused("holds characters outside ASCII, which no header can; send base64 of UTF-8");
    }
    JsonNode object = readObject(text.startsWith("{") ? checkSize(text) : decode(text));
    Map<String, String> metadata = new LinkedHashMap<>();
    object
        .properties()
        .forEach(field ->
            metadata.put(
                field.getKey(),
                field.getValue().isTextual()
                    ? field.getValue().textValue()
                    : field.getValue().toString()));
    return metadata;
  }

  /** The object as it is stored, in UTF-8. */
  static byte[] write(Map<String, String> metadata) {
    try {
      return ExactJson.MAPPER.writeValueAsBytes(metadata);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts can be written as JSON", e);
    }
  }

  private static JsonNode readObject(String json) {
    JsonNode node;
    try {
      node = ExactJson.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw refused("is no JSON: " + e.getOriginalMessage());
    } catch (NumberFormatException | ArithmeticException e) {
      throw refused("holds a number that is out of range");
    }
    if (node == null || !node.isObject()) {
      throw refused("must hold a JSON object");
    }
    return node;
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
      throw refused("is neither base64 nor a JSON object that starts with '{'");
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
      throw refused("holds " + size + " bytes of JSON; the limit is " + MAX_BYTES);
    }
    return json;
  }

  private static ApiException refused(String problem) {
    return new ApiException(ErrorCode.INVALID_METADATA, "the header " + NAME + " " + problem);
  }
}
