package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.ingest.file.HeaderValue.InvalidHeaderException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The header of one part of a form (RFC 7578).
 *
 * @param name the name of the field
 * @param fileName the name of the file, as it was sent; empty if the part is not a file
 * @param charset of the content, if it is text
 */
record PartHeader(String name, Optional<String> fileName, Charset charset) {
  /** Encodings that change nothing. Others would have to be decoded, and RFC 7578 forbids them. */
  private static final Set<String> PLAIN_ENCODINGS = Set.of("7bit", "8bit", "binary");

  private static final String EXAMPLE =
      "send 'Content-Disposition: form-data; name=\"...\"' with each part";

  /**
   * Parses the lines of a header.
   *
   * @param lines each with its line end, in UTF-8
   * @throws ApiException with {@code invalid_multipart} if they are not the header of a field
   */
  static PartHeader parse(byte[] lines) {
    Map<String, String> headers = split(decode(lines));
    try {
      HeaderValue disposition = HeaderValue.parse(headers.getOrDefault("content-disposition", ""));
      Optional<String> name = disposition.parameter("name");
      if (!disposition.word().equals("form-data") || name.isEmpty() || name.get().isEmpty()) {
        throw invalid("a part of the form has no field name; " + EXAMPLE);
      }
      String encoding = headers.getOrDefault("content-transfer-encoding", "binary");
      if (!PLAIN_ENCODINGS.contains(encoding.toLowerCase(Locale.ROOT))) {
        throw invalid(
            "the field '"
                + name.get()
                + "' has a Content-Transfer-Encoding; send the content as it is, without this header");
      }
      Optional<String> fileName = disposition.parameter("filename");
      // What a file contains is not text to the worker, so its type does not matter.
      String type = fileName.isPresent() ? "" : headers.getOrDefault("content-type", "");
      Charset charset = charset(name.get(), HeaderValue.parse(type).parameter("charset"));
      return new PartHeader(name.get(), fileName, charset);
    } catch (InvalidHeaderException e) {
      throw invalid("the header of a part is malformed: " + e.getMessage());
    }
  }

  /** Decodes the content of a text field. */
  String text(byte[] content) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw invalid(
          "the field '"
              + name
              + "' is not valid "
              + charset.name()
              + "; send text in UTF-8, and binary data as the field 'file'");
    }
  }

  private static Charset charset(String field, Optional<String> name) {
    try {
      return name.map(Charset::forName).orElse(UTF_8);
    } catch (IllegalArgumentException e) {
      throw invalid("the charset of the field '" + field + "' is not supported; send UTF-8");
    }
  }

  private static String decode(byte[] lines) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(lines)).toString();
    } catch (CharacterCodingException e) {
      throw invalid("the header of a part is not UTF-8; send names in UTF-8");
    }
  }

  private static Map<String, String> split(String lines) {
    Map<String, String> headers = new HashMap<>();
    // A line that starts with a blank continues the line before it.
    for (String line : lines.replaceAll("\r\n[ \t]+", " ").split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        if (headers.put(name, line.substring(colon + 1).strip()) != null) {
          throw invalid("a part of the form has two headers with the same name; send each once");
        }
      }
    }
    return headers;
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_MULTIPART, message);
  }
}
