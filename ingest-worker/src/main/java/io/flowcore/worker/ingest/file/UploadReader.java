package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.catalog.Sha256;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.ingest.json.ExactJson;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads an upload as {@code multipart/form-data} while it is received. The file is written to disk;
 * the fields stay in memory, at most {@value #MAX_FIELD_BYTES} bytes. Reads one upload.
 */
final class UploadReader {
  /** Applies to all fields together, because every part of the file repeats them. */
  private static final int MAX_FIELD_BYTES = 64 << 10;

  private static final int MAX_FIELDS = 100;
  private static final int BUFFER_BYTES = 64 << 10;

  /**
   * The fields that the worker writes to every part. A form cannot set them, because readers need
   * them to join the parts.
   */
  private static final Set<String> RESERVED_FIELDS =
      Set.of(
          "fileId",
          "fileName",
          "fileType",
          "fileSize",
          "part",
          "totalParts",
          "checksum",
          "hashType",
          "data");

  private final UploadSpool.Spooled spooled;
  private final long maxFileBytes;
  private final String newFileId;
  private final Set<String> names = new HashSet<>();
  private final ObjectNode fields = ExactJson.MAPPER.createObjectNode();
  private ObjectNode additional = ExactJson.MAPPER.createObjectNode();
  private Optional<String> type = Optional.empty();
  private Optional<String> fileId = Optional.empty();
  private Optional<String> fileName = Optional.empty();
  private String checksum = "";
  private long size;
  private int fieldBytes;
  private int fieldCount;

  UploadReader(UploadSpool.Spooled spooled, long maxFileBytes, String newFileId) {
    this.spooled = spooled;
    this.maxFileBytes = maxFileBytes;
    this.newFileId = newFileId;
  }

  /**
   * Reads to the end of the body.
   *
   * @throws ApiException if the body is not a valid upload or exceeds a limit
   * @throws IOException if the client disconnects
   * @throws StoreException if the disk fails
   */
  Upload read(String contentType, InputStream body) throws IOException, StoreException {
    MultipartReader parts = new MultipartReader(body, boundary(contentType));
    for (Optional<byte[]> header = parts.nextPart();
        header.isPresent();
        header = parts.nextPart()) {
      readPart(PartHeader.parse(header.get()), parts.content());
    }
    parts.readEpilogue();
    if (type.isEmpty() || type.get().isEmpty()) {
      throw new ApiException(
          ErrorCode.MISSING_TYPE, "the field 'type' is required; send any text, such as invoice");
    }
    if (fileName.isEmpty()) {
      throw new ApiException(ErrorCode.MISSING_FILE, "the field 'file' is required; attach a file");
    }
    addProperties();
    return new Upload(
        spooled,
        fileId.filter(id -> !id.isEmpty()).orElse(newFileId),
        fileName.get(),
        type.get(),
        size,
        checksum,
        fields);
  }

  private static byte[] boundary(String contentType) {
    try {
      return HeaderValue.parse(contentType).parameter("boundary").orElse("").getBytes(ISO_8859_1);
    } catch (HeaderValue.InvalidHeaderException e) {
      throw invalid("the Content-Type is malformed: " + e.getMessage());
    }
  }

  private void readPart(PartHeader header, InputStream content) throws IOException, StoreException {
    String name = header.name();
    if (!names.add(name)) {
      throw invalid("the field '" + name + "' appears more than once; send each field once");
    }
    if (name.equals("file") && header.fileName().isPresent()) {
      fileName = Optional.of(requireFileName(header.fileName().get()));
      spool(content);
      return;
    }
    switch (name) {
      case "type" -> type = Optional.of(readField(header, content));
      case "fileId" -> fileId = Optional.of(readField(header, content));
      case "file" ->
          throw new ApiException(
              ErrorCode.MISSING_FILE,
              "the field 'file' contains text; send a file with a file name");
      case "additionalProperties" -> additional = parseProperties(readField(header, content));
      default -> {
        requireNotReserved("the field '" + name + "'", name);
        if (header.fileName().isPresent()) {
          throw invalid("the field '" + name + "' is a file; send one file, as the field 'file'");
        }
        fields.put(name, readField(header, content));
      }
    }
  }

  /** Adds them after the fields, wherever the form has them. None replaces another. */
  private void addProperties() {
    additional
        .properties()
        .forEach(property -> {
          String what = "the property '" + property.getKey() + "' of 'additionalProperties'";
          requireNotReserved(what, property.getKey());
          if (fields.has(property.getKey())) {
            throw invalid(what + " is also a field of the form; send it once");
          }
          fields.set(property.getKey(), property.getValue());
        });
  }

  private static void requireNotReserved(String what, String name) {
    if (RESERVED_FIELDS.contains(name)) {
      throw invalid(
          what + " has a name that the worker writes to every part of a file; use another name");
    }
  }

  /** The name is data only. It never becomes a path of this machine, whose locale limits paths. */
  private static String requireFileName(String name) {
    if (name.indexOf('\0') >= 0) {
      throw invalid(
          "the file name contains a NUL character, which file names cannot contain; rename the file");
    }
    return name;
  }

  private void spool(InputStream content) throws IOException, StoreException {
    MessageDigest digest = Sha256.newDigest();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      size += count;
      if (size > maxFileBytes) {
        throw new ApiException(
            ErrorCode.FILE_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "the file exceeds the limit of %,d bytes; send a smaller file",
                maxFileBytes));
      }
      digest.update(buffer, 0, count);
      spooled.write(buffer, count);
    }
    checksum = HexFormat.of().formatHex(digest.digest());
  }

  private String readField(PartHeader header, InputStream content) throws IOException {
    byte[] bytes = content.readNBytes(MAX_FIELD_BYTES - fieldBytes + 1);
    fieldBytes += bytes.length + header.name().length();
    fieldCount++;
    if (fieldBytes > MAX_FIELD_BYTES || fieldCount > MAX_FIELDS) {
      throw new ApiException(
          ErrorCode.REQUEST_TOO_LARGE,
          String.format(
              Locale.ROOT,
              "in addition to the file, the form can have at most %d fields with %,d bytes in total; send fewer or shorter fields",
              MAX_FIELDS,
              MAX_FIELD_BYTES));
    }
    return header.text(bytes);
  }

  /**
   * Parses a JSON object, or a JSON string that contains one:
   * {@code @flowcore/sdk-transformer-core} sends {@code "{}"} as a string if there are no
   * properties.
   */
  private static ObjectNode parseProperties(String text) {
    try {
      JsonNode node = ExactJson.MAPPER.readTree(text);
      if (node.isTextual()) {
        node = ExactJson.MAPPER.readTree(node.textValue());
      }
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw invalid(
          "the field 'additionalProperties' is not valid JSON: " + e.getOriginalMessage());
    } catch (NumberFormatException | ArithmeticException e) {
      throw invalid("the field 'additionalProperties' contains a number that is out of range");
    }
    throw invalid("the field 'additionalProperties' must contain a JSON object");
  }

  private static ApiException invalid(String message) {
    return new ApiException(ErrorCode.INVALID_MULTIPART, message);
  }
}
