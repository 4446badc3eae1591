package io.flowcore.worker.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.JsonSplitter.Cut;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes the events of uploaded files durable: each part of {@value #PART_BYTES} bytes is one event.
 *
 * <p>Nothing is stored before the upload is whole. Parts are then appended one after the other, so
 * that memory holds one at a time; a process that ends in between leaves parts that were never
 * acknowledged, under a {@code totalParts} that shows it.
 */
public final class FileIngestion {
  /** Bytes of the file in every part but the last. */
  public static final int PART_BYTES = 524_288;

  /** What one upload takes in memory at most: a part as it is read, encoded, and stored. */
  public static final int MEMORY_BYTES = 4 << 20;

  /** How long a part waits for a busy writer: less than a worker that stops waits for requests. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long RETRY_NANOS = 20_000_000;

  /**
   * Fields of every part. A sender's own field of such a name gives way: readers join files by
   * them.
   */
  private static final Set<String> OWN_FIELDS =
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

  private static final JsonFactory JSON = ExactJson.MAPPER.getFactory();

  private final EventLog store;
  private final SpoolFolder spool;
  private final RequestDeduplicator retries;
  private final Clock clock;

  /** Appends to a store and stamps by a clock. */
  public FileIngestion(
      EventLog store, SpoolFolder spool, RequestDeduplicator retries, Clock clock) {
    this.store = store;
    this.retries = retries;
    this.spool = spool;
    this.clock = clock;
  }

  /** A file whose every part is durable. */
  public record StoredFile(
      String fileId, String checksum, int totalParts, long size, List<EventId> eventIds) {}

  /**
   * Receives and stores one file.
   *
   * @param contentType the request's, with the boundary
   * @throws IOException if the sender goes away; then nothing is stored
   * @throws StoreException if the store can't write
   */
  public StoredFile store(
      ResolvedEventType route, EventHeaders headers, String contentType, InputStream body)
      throws IOException, StoreException {
    EventEnricher stamper = new EventEnricher(route, headers, clock.instant());
    try (SpoolFolder.Spooled spooled = spool.create()) {
      long limit = Math.min(route.dataCore().limits().maxFileBytes(), spool.budget());
      Upload upload =
          new UploadReader(spooled, limit, newFileId(route, headers)).read(contentType, body);
      int totalParts = (int) Math.max(1, (upload.size() + PART_BYTES - 1) / PART_BYTES);
      List<EventId> ids = new ArrayList<>(totalParts);
      for (int part = 1; part <= totalParts; part++) {
        byte[] data = spooled.read((part - 1L) * PART_BYTES, PART_BYTES);
        byte[] event = event(upload, part, totalParts, data);
        Cut whole = new Cut(0, event.length, Optional.empty(), Optional.empty());
        List<NewEvent> one = List.of(stamper.stamp(event, whole));
        int number = part;
        ids.addAll(
            retries.once(
                route,
                headers,
                event,
                event.length,
                part,
                key -> append(one, key, number, totalParts)));
      }
      return new StoredFile(upload.fileId(), upload.checksum(), totalParts, upload.size(), ids);
    }
  }

  /** The same for every attempt of a request. */
  private static String newFileId(ResolvedEventType route, EventHeaders headers) {
    return headers
        .idempotencyKey()
        .map(key -> UUID.nameUUIDFromBytes(RequestDeduplicator.key(route, key, 1)))
        .orElseGet(UUID::randomUUID)
        .toString();
  }

  /**
   * Waits for a busy writer: an answer of "come back" would leave the parts before this one stored
   * without the rest.
   */
  private List<EventId> append(
      List<NewEvent> event, Optional<IdempotencyKey> key, int part, int totalParts)
      throws StoreException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return store.append(event, key);
      } catch (StoreException e) {
        boolean worthWaiting =
            e.kind() == StoreException.Kind.OVERLOADED
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted();
        if (!worthWaiting) {
          String stored =
              part == 1
                  ? ""
                  : "; %d of the file's %d parts are stored already, and a new attempt stores them again unless both carry an idempotency-key"
                      .formatted(part - 1, totalParts);
          throw new StoreException(e.kind(), e.getMessage() + stored, e);
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private static byte[] event(Upload upload, int part, int totalParts, byte[] data)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.length / 3 * 4 + 1_024);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("fileId", upload.fileId());
      json.writeStringField("fileName", upload.fileName());
      json.writeStringField("fileType", upload.fileType());
      json.writeNumberField("fileSize", upload.size());
      json.writeNumberField("part", part);
      json.writeNumberField("totalParts", totalParts);
      json.writeStringField("checksum", upload.checksum());
      json.writeStringField("hashType", "SHA256");
      json.writeStringField("data", Base64.getEncoder().encodeToString(data));
      for (Map.Entry<String, JsonNode> field : upload.fields().properties()) {
        if (!OWN_FIELDS.contains(field.getKey())) {
          json.writeObjectField(field.getKey(), field.getValue());
        }
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
