package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.file.InvalidPathException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.fileupload2.core.AbstractFileUpload;
import org.apache.commons.fileupload2.core.DiskFileItem;
import org.apache.commons.fileupload2.core.DiskFileItemFactory;
import org.apache.commons.fileupload2.core.FileItemInput;
import org.apache.commons.fileupload2.core.FileItemInputIterator;
import org.apache.commons.fileupload2.core.FileUploadException;
import org.apache.commons.fileupload2.core.RequestContext;

/**
 * Reads {@code multipart/form-data} as it comes in: the file goes to disk, the fields stay within a
 * few kilobytes.
 */
final class UploadReader {
  /** All fields together, since they are repeated in every part of the file. */
  private static final int MAX_FIELD_BYTES = 64 << 10;

  private static final int MAX_FIELDS = 100;
  private static final int MAX_PART_HEADER_BYTES = 8 << 10;
  private static final int MAX_EPILOGUE_BYTES = 64 << 10;
  private static final int BUFFER = 64 << 10;

  private final SpoolFolder.Spooled spooled;
  private final long maxFileBytes;
  private final String newFileId;
  private final ObjectNode fields = ExactJson.MAPPER.createObjectNode();
  private ObjectNode additional = ExactJson.MAPPER.createObjectNode();
  private Optional<String> type = Optional.empty();
  private Optional<String> fileId = Optional.empty();
  private Optional<String> fileName = Optional.empty();
  private String checksum = "";
  private long size;
  private int fieldBytes;
  private int fieldCount;

  UploadReader(SpoolFolder.Spooled spooled, long maxFileBytes, String newFileId) {
    this.spooled = spooled;
    this.maxFileBytes = maxFileBytes;
    this.newFileId = newFileId;
  }

  /**
   * Reads to the end of the body. Refuses what is no proper upload; throws {@link IOException} if
   * the sender goes away.
   */
  Upload read(String contentType, InputStream body) throws IOException, StoreException {
    try {
      FileItemInputIterator items = new Parser().getItemIterator(new Body(contentType, body));
      while (items.hasNext()) {
        readItem(items.next());
      }
      requireEnd(body);
    } catch (InvalidPathException e) {
      throw new ApiException(
          ErrorCode.INVALID_MULTIPART, "the name of the file holds characters that none may hold");
    } catch (FileUploadException e) {
      if (e.getCause() instanceof SocketTimeoutException slow) {
        throw slow;
      }
      throw new ApiException(
          ErrorCode.INVALID_MULTIPART,
          "the body is no proper multipart/form-data: " + e.getMessage());
    }
    if (type.isEmpty() || type.get().isEmpty()) {
      throw new ApiException(
          ErrorCode.MISSING_TYPE, "the field 'type' is required: any text, such as invoice");
    }
    if (fileName.isEmpty()) {
      throw new ApiException(
          ErrorCode.MISSING_FILE, "the field 'file' is required, with a file in it");
    }
    fields.setAll(additional);
    return new Upload(
        spooled,
        fileId.filter(id -> !id.isEmpty()).orElse(newFileId),
        fileName.get(),
        type.get(),
        size,
        checksum,
        fields);
  }

  /**
   * Reads what little may follow the last boundary (RFC 2046 §5.1.1). A compressed body shows only
   * at its very end whether it came through unharmed.
   */
  private static void requireEnd(InputStream body) throws IOException {
    if (body.readNBytes(MAX_EPILOGUE_BYTES + 1).length > MAX_EPILOGUE_BYTES) {
      throw new ApiException(
          ErrorCode.INVALID_MULTIPART,
          "more than " + MAX_EPILOGUE_BYTES + " bytes follow the last boundary");
    }
  }

  private void readItem(FileItemInput item) throws IOException, StoreException {
    String name = String.valueOf(item.getFieldName());
    if (name.equals("file") && !item.isFormField()) {
      if (fileName.isPresent()) {
        throw new ApiException(
            ErrorCode.INVALID_MULTIPART,
            "the field 'file' stands twice; send one file per request");
      }
      fileName = Optional.of(item.getName() == null ? "" : item.getName());
      spool(item.getInputStream());
      return;
    }
    String text = readField(name, item.getInputStream());
    switch (name) {
      case "type" -> type = Optional.of(text);
      case "fileId" -> fileId = Optional.of(text);
      case "file" ->
          throw new ApiException(
              ErrorCode.MISSING_FILE, "the field 'file' holds text; send it with a file name");
      case "additionalProperties" -> additional = readProperties(text);
      default -> fields.put(name, text);
    }
  }

  private void spool(InputStream content) throws IOException, StoreException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[BUFFER];
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      size += count;
      if (size > maxFileBytes) {
        throw new ApiException(
            ErrorCode.FILE_TOO_LARGE,
            "the file is larger than " + maxFileBytes + " bytes, which is the limit");
      }
      digest.update(buffer, 0, count);
      spooled.write(buffer, count);
    }
    checksum = HexFormat.of().formatHex(digest.digest());
  }

  private String readField(String name, InputStream content) throws IOException {
    byte[] bytes = content.readNBytes(MAX_FIELD_BYTES - fieldBytes + 1);
    fieldBytes += bytes.length + name.length();
    fieldCount++;
    if (fieldBytes > MAX_FIELD_BYTES || fieldCount > MAX_FIELDS) {
      throw new ApiException(
          ErrorCode.REQUEST_TOO_LARGE,
          "the form holds more than "
              + MAX_FIELDS
              + " fields or "
              + MAX_FIELD_BYTES
              + " bytes of fields beside the file");
    }
    return new String(bytes, UTF_8);
  }

  /**
   * An object; also a text that holds one, which is what {@code @flowcore/sdk-transformer-core}
   * sends for none.
   */
  private static ObjectNode readProperties(String text) {
    try {
      JsonNode node = ExactJson.MAPPER.readTree(text);
      if (node.isTextual()) {
        node = ExactJson.MAPPER.readTree(node.textValue());
      }
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new ApiException(
          ErrorCode.INVALID_MULTIPART,
          "the field 'additionalProperties' is no JSON: " + e.getOriginalMessage());
    } catch (NumberFormatException | ArithmeticException e) {
      throw new ApiException(
          ErrorCode.INVALID_MULTIPART,
          "the field 'additionalProperties' holds a number that is out of range");
    }
    throw new ApiException(
        ErrorCode.INVALID_MULTIPART, "the field 'additionalProperties' must hold a JSON object");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** What the library wants to know of a request. */
  private record Body(String contentType, InputStream stream) implements RequestContext {
    @Override
    public String getCharacterEncoding() {
      return UTF_8.name();
    }

    @Override
    public long getContentLength() {
      return -1;
    }

    @Override
    public String getContentType() {
      return contentType;
    }

    @Override
    public InputStream getInputStream() {
      return stream;
    }

    @Override
    public boolean isMultipartRelated() {
      return false;
    }
  }

  /** The library's parser, of which only the streaming half is used. */
  private static final class Parser
      extends AbstractFileUpload<RequestContext, DiskFileItem, DiskFileItemFactory> {
    Parser() {
      setHeaderCharset(UTF_8);
      setMaxPartHeaderSize(MAX_PART_HEADER_BYTES);
    }

    @Override
    public List<DiskFileItem> parseRequest(RequestContext request) {
      throw new IllegalStateException("uploads are streamed");
    }

    @Override
    public Map<String, List<DiskFileItem>> parseParameterMap(RequestContext request) {
      throw new IllegalStateException("uploads are streamed");
    }
  }
}
