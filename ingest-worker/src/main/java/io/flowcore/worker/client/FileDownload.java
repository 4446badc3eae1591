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
import java.util.Optional;

/**
 * Downloads a file that was posted to a worker. Each part of the file is an event. Queries the
 * newest hour first and stops when all parts are found. The target is replaced only after size and
 * checksum were verified.
 */
public final class FileDownload implements AutoCloseable {
  private final QueryClient client;
  private final String fileId;
  private final Progress progress;
  private Optional<FileInfo> file = Optional.empty();
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
   */
  public FileDownload(EventTypeUrl url, String key, String fileId, Progress progress) {
    client = new QueryClient(url, key);
    this.fileId = fileId;
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
      FileInfo info =
          file.orElseThrow(() ->
              new IOException(
                  "no file with the id '"
                      + fileId
                      + "' was found in this event type; check --url and --file-id"));
      verify(draft, info);
      Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
      return new Result(info.name(), info.size(), info.checksum());
    } finally {
      Files.deleteIfExists(draft);
    }
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
          write(payload, out);
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

  private void write(JsonNode payload, FileChannel out) throws IOException {
    FileInfo info =
        new FileInfo(
            payload.path("checksum").asText(),
            payload.path("fileSize").asLong(),
            payload.path("totalParts").asInt(),
            payload.path("fileName").asText());
    if (file.isPresent() && !file.get().checksum().equals(info.checksum())) {
      throw new IOException(
          "two different files have the id '"
              + fileId
              + "', with the checksums "
              + file.get().checksum()
              + " and "
              + info.checksum()
              + "; upload one of them again with another id");
    }
    file = Optional.of(info);
    int part = payload.path("part").asInt();
    if (part < 1 || part > info.totalParts()) {
      throw new IOException(
          "an event has the part number "
              + part
              + " of a file with "
              + info.totalParts()
              + " parts; upload the file again");
    }
    ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode(payload.path("data").asText()));
    // All parts but the last have the same size; the last one ends where the file ends.
    long position =
        part == info.totalParts() ? info.size() - data.remaining() : (part - 1L) * data.remaining();
    while (data.hasRemaining()) {
      position += out.write(data, position);
    }
    found.set(part);
    progress.parts(found.cardinality(), info.totalParts());
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
