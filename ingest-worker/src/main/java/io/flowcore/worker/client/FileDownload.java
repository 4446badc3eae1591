package io.flowcore.worker.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.catalog.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Downloads a file that was posted to a worker. Each part of the file is an event. Queries the
 * newest hour first and stops when all parts are found. The target is replaced only after size and
 * checksum were verified.
 */
public final class FileDownload implements AutoCloseable {
  private final QueryClient client;
  private final String fileId;
  private final Optional<String> sha256;
  private final Progress progress;
  private Optional<FileInfo> file = Optional.empty();
  private Optional<String> otherChecksum = Optional.empty();
  private final BitSet found = new BitSet();

  /** Receives the progress of a download. */
  public interface Progress {
    /** Reports how many parts were found so far. */
    void parts(int found, int total);
  }

  /** The data about the file that every part contains. */
  private record FileInfo(String checksum, long size, int totalParts, String name) {}

  /**
   * The file that was written.
   *
   * @param name as it was uploaded
   * @param size in bytes
   * @param checksum SHA-256 in hexadecimal
   */
  public record Result(String name, long size, String checksum) {}

  /**
   * Creates a download.
   *
   * @param url webhook that the file was posted to
   * @param key with the permission fetch
   * @param fileId as the upload returned it
   * @param sha256 the checksum of the file in lowercase hexadecimal. Other files with the same id
   *     are ignored: any client with a key for ingestion can upload one
   */
  public FileDownload(
      EventTypeUrl url, String key, String fileId, Optional<String> sha256, Progress progress) {
    client = new QueryClient(url, key);
    this.fileId = fileId;
    this.sha256 = sha256;
    this.progress = progress;
  }

  /**
   * Downloads into a file. If this fails, the target is unchanged.
   *
   * @throws IOException with a message for users: the file does not exist, parts are missing, the
   *     checksum differs, or the worker responded with an error
   */
  public Result to(Path target) throws IOException, InterruptedException {
    Path parent = target.toAbsolutePath().getParent();
    Path draft = Files.createTempFile(parent, target.getFileName() + ".", ".part");
    try {
      try (FileChannel out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        collect(out);
      }
      FileInfo info = file.orElseThrow(this::notFound);
      verify(draft, info);
      Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
      return new Result(info.name(), info.size(), info.checksum());
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private IOException notFound() {
    return new IOException(
        otherChecksum.isPresent()
            ? "the file with the id '%s' has the SHA-256 %s, but %s is expected; check --sha256 and --file-id"
                .formatted(fileId, otherChecksum.get(), sha256.orElse(""))
            : "no file with the id '%s' was found in this event type; check --url and --file-id"
                .formatted(fileId));
  }

  private void collect(FileChannel out) throws IOException, InterruptedException {
    var query = client.names().put("order", "desc");
    while (true) {
      JsonNode response = client.post("/api/v1/time-buckets/by-names", query);
      for (JsonNode bucket : response.path("timeBuckets")) {
        collectBucket(bucket.asText(), out);
        if (isComplete()) {
          return;
        }
      }
      if (!response.hasNonNull("nextCursor")) {
        return;
      }
      query.put("cursor", response.get("nextCursor").asLong());
    }
  }

  private void collectBucket(String bucket, FileChannel out)
      throws IOException, InterruptedException {
    var query = client.names().put("timeBucket", bucket);
    while (!isComplete()) {
      JsonNode response = client.post("/api/v1/events", query);
      for (JsonNode event : response.path("events")) {
        JsonNode payload = event.path("payload");
        if (payload.path("fileId").asText().equals(fileId) && payload.has("totalParts")) {
          writePart(payload, out);
        }
      }
      if (!response.hasNonNull("nextCursor")) {
        return;
      }
      query.put("cursor", response.get("nextCursor").asText());
    }
  }

  private boolean isComplete() {
    return file.isPresent() && found.cardinality() == file.get().totalParts();
  }

  private void writePart(JsonNode payload, FileChannel out) throws IOException {
    String checksum = PrintableText.escape(payload.path("checksum").asText());
    if (sha256.isPresent() && !sha256.get().equals(checksum)) {
      otherChecksum = Optional.of(checksum);
      return;
    }
    FileInfo info =
        new FileInfo(
            checksum,
            number(payload, "fileSize", 0, Long.MAX_VALUE),
            (int) number(payload, "totalParts", 1, Integer.MAX_VALUE - 1),
            payload.path("fileName").asText());
    requireSameFile(info);
    file = Optional.of(info);
    int part = (int) number(payload, "part", 1, info.totalParts());
    ByteBuffer data = decode(part, payload.path("data").asText());
    // All parts but the last have the same size; the last one ends where the file ends.
    long position =
        part == info.totalParts() ? info.size() - data.remaining() : (part - 1L) * data.remaining();
    if (position < 0 || position > info.size() - data.remaining()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "part %d has %d bytes, which is more than fits in the file of %d bytes; upload it again",
              part,
              data.remaining(),
              info.size()));
    }
    while (data.hasRemaining()) {
      position += out.write(data, position);
    }
    found.set(part);
    progress.parts(found.cardinality(), info.totalParts());
  }

  private static long number(JsonNode payload, String field, long min, long max)
      throws IOException {
    JsonNode value = payload.path(field);
    if (!value.canConvertToExactIntegral()
        || !value.canConvertToLong()
        || value.asLong() < min
        || value.asLong() > max) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "a part of the file has the %s %s; it must be a whole number from %d to %d; upload the file again",
              field,
              PrintableText.escape(value.toString()),
              min,
              max));
    }
    return value.asLong();
  }

  private static ByteBuffer decode(int part, String data) throws IOException {
    try {
      return ByteBuffer.wrap(Base64.getDecoder().decode(data));
    } catch (IllegalArgumentException e) {
      throw new IOException("part " + part + " is not valid base64; upload the file again", e);
    }
  }

  private void requireSameFile(FileInfo info) throws IOException {
    if (file.isEmpty()) {
      return;
    }
    FileInfo other = file.get();
    if (!other.checksum().equals(info.checksum())) {
      throw new IOException(
          "two different files have the id '%s', with the checksums %s and %s; set --sha256 to the one to download"
              .formatted(fileId, other.checksum(), info.checksum()));
    }
    if (other.size() != info.size() || other.totalParts() != info.totalParts()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the parts of the file contradict each other: %d bytes in %d parts, and %d bytes in %d parts; upload it again",
              other.size(),
              other.totalParts(),
              info.size(),
              info.totalParts()));
    }
  }

  private void verify(Path draft, FileInfo info) throws IOException {
    if (!isComplete()) {
      throw new IOException(
          "the file is incomplete: of its "
              + info.totalParts()
              + " parts these are missing: "
              + missingParts(info.totalParts())
              + "; upload it again");
    }
    if (Files.size(draft) != info.size()) {
      throw new IOException(
          "the parts have "
              + Files.size(draft)
              + " bytes together, but the uploaded file had "
              + info.size()
              + "; upload it again");
    }
    String checksum = sha256(draft);
    if (!checksum.equals(info.checksum())) {
      throw new IOException(
          "the parts have the checksum "
              + checksum
              + ", but the uploaded file had "
              + info.checksum()
              + "; upload it again");
    }
  }

  /** Returns the numbers of the missing parts, such as {@code 3, 5-7}. */
  private String missingParts(int totalParts) {
    StringBuilder text = new StringBuilder();
    for (int from = found.nextClearBit(1); from <= totalParts; from = found.nextClearBit(from)) {
      int next = found.nextSetBit(from);
      int to = next < 0 ? totalParts : next - 1;
      text.append(text.isEmpty() ? "" : ", ").append(from == to ? from : from + "-" + to);
      from = to + 1;
    }
    return text.toString();
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = Sha256.newDigest();
      byte[] buffer = new byte[64 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
