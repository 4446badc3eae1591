package io.flowcore.worker.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Puts a file together again from its parts, which are events. Finds them by query, the newest hour
 * first, and stops when it has all. What it writes gets its name only when size and checksum are
 * right.
 */
public final class FileDownload implements AutoCloseable {
  private final QueryClient client;
  private final String fileId;
  private final Progress progress;
  private Optional<Identity> identity = Optional.empty();
  private final BitSet found = new BitSet();

  /** Told after every part. */
  public interface Progress {
    /** So many parts are there. */
    void parts(int found, int total);
  }

  /** What all parts of one file agree in. */
  private record Identity(String checksum, long size, int totalParts, String name) {}

  /**
   * What was written.
   *
   * @param checksum SHA-256 in hexadecimal
   */
  public record Result(String name, long size, String checksum) {}

  /** Downloads a file that was posted to an event type. The key needs the permission fetch. */
  public FileDownload(EventTypeUrl url, String key, String fileId, Progress progress) {
    client = new QueryClient(url, key);
    this.fileId = fileId;
    this.progress = progress;
  }

  /**
   * Downloads into a file.
   *
   * @throws IOException with a sentence for people: no such file, parts that are missing, a
   *     checksum that is wrong, an error of the worker; then the target is as it was
   */
  public Result to(Path target) throws IOException, InterruptedException {
    Path parent = target.toAbsolutePath().getParent();
    Path draft = Files.createTempFile(parent, target.getFileName() + ".", ".part");
    try {
      try (FileChannel out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        collect(out);
      }
      Identity file =
          identity.orElseThrow(() ->
              new IOException("no file with the id '" + fileId + "' was found at this event type"));
      verify(draft, file);
      Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
      return new Result(file.name(), file.size(), file.checksum());
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private void collect(FileChannel out) throws IOException, InterruptedException {
    var query = client.names().put("order", "desc");
    while (true) {
      JsonNode answer = client.post("/api/v1/time-buckets/by-names", query);
      for (JsonNode bucket : answer.path("timeBuckets")) {
        collectBucket(bucket.asText(), out);
        if (complete()) {
          return;
        }
      }
      if (!answer.hasNonNull("nextCursor")) {
        return;
      }
      query.put("cursor", answer.get("nextCursor").asLong());
    }
  }

  private void collectBucket(String bucket, FileChannel out)
      throws IOException, InterruptedException {
    var query = client.names().put("timeBucket", bucket);
    while (!complete()) {
      JsonNode answer = client.post("/api/v1/events", query);
      for (JsonNode event : answer.path("events")) {
        JsonNode payload = event.path("payload");
        if (payload.path("fileId").asText().equals(fileId) && payload.has("totalParts")) {
          take(payload, out);
        }
      }
      if (!answer.hasNonNull("nextCursor")) {
        return;
      }
      query.put("cursor", answer.get("nextCursor").asText());
    }
  }

  private boolean complete() {
    return identity.isPresent() && found.cardinality() == identity.get().totalParts();
  }

  private void take(JsonNode payload, FileChannel out) throws IOException {
    Identity file =
        new Identity(
            payload.path("checksum").asText(),
            payload.path("fileSize").asLong(),
            payload.path("totalParts").asInt(),
            payload.path("fileName").asText());
    if (identity.isPresent() && !identity.get().checksum().equals(file.checksum())) {
      throw new IOException(
          "two different files have the id '"
              + fileId
              + "', with the checksums "
              + identity.get().checksum()
              + " and "
              + file.checksum());
    }
    identity = Optional.of(file);
    int part = payload.path("part").asInt();
    if (part < 1 || part > file.totalParts()) {
      throw new IOException("a part says it is number " + part + " of " + file.totalParts());
    }
    ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode(payload.path("data").asText()));
    // Every part but the last has the same size, which the last part's place shows as well.
    long position =
        part == file.totalParts() ? file.size() - data.remaining() : (part - 1L) * data.remaining();
    while (data.hasRemaining()) {
      position += out.write(data, position);
    }
    found.set(part);
    progress.parts(found.cardinality(), file.totalParts());
  }

  private void verify(Path draft, Identity file) throws IOException {
    if (!complete()) {
      throw new IOException(
          "the file is incomplete: of its "
              + file.totalParts()
              + " parts these are missing: "
              + missing(file.totalParts()));
    }
    if (Files.size(draft) != file.size()) {
      throw new IOException(
          "the parts give " + Files.size(draft) + " bytes; the file had " + file.size());
    }
    String checksum = sha256(draft);
    if (!checksum.equals(file.checksum())) {
      throw new IOException(
          "the parts give a file with the checksum " + checksum + "; it had " + file.checksum());
    }
  }

  /** Such as {@code 3, 5-7}. */
  private String missing(int totalParts) {
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
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[64 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
