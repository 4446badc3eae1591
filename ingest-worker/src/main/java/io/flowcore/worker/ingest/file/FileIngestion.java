package io.flowcore.worker.ingest.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.EventEnricher;
import io.flowcore.worker.ingest.EventHeaders;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.json.ExactJson;
import io.flowcore.worker.ingest.json.JsonSplitter.Slice;
import io.flowcore.worker.limit.FairBudget;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Stores uploaded files durably, as one event for each part of {@value #PART_BYTES} bytes.
 *
 * <p>Nothing is stored until the upload is complete. The parts are then appended one at a time, so
 * memory use does not depend on the file's size. If the process stops in between, the stored parts
 * are not acknowledged, and their {@code totalParts} shows that the file is incomplete.
 */
public final class FileIngestion {
  /** Bytes of the file in every part except the last. */
  public static final int PART_BYTES = 524_288;

  /**
   * The maximum memory of an upload while it is received, in bytes: two buffers, and the fields as
   * text and as JSON.
   */
  private static final int RECEIVING_BYTES = 256 << 10;

  /** The maximum memory of a part, in bytes: as read, as encoded, and as stored. */
  private static final int PART_MEMORY_BYTES = 4 << 20;

  /** Maximum time for a part to wait for its turn. No client can delay the parts in front. */
  private static final Duration TURN_TIMEOUT = Duration.ofSeconds(60);

  /** How long a part waits for an overloaded store. Shorter than the drain time of a worker. */
  private static final Duration OVERLOAD_TIMEOUT = Duration.ofSeconds(20);

  private static final long RETRY_INTERVAL_NANOS = 20_000_000;

  private static final JsonFactory JSON = ExactJson.MAPPER.getFactory();

  private final EventLog log;
  private final UploadSpool spool;
  private final FairBudget memory;
  private final Semaphore turns;
  private final RequestDeduplicator deduplicator;
  private final Clock clock;

  /**
   * Creates an ingestion that appends to a log.
   *
   * @param memory of uploads while they are received. Parts that are being stored use half as much
   *     in addition, and at least {@value #PART_MEMORY_BYTES} bytes
   * @param clock sets the time of each request
   */
  public FileIngestion(
      EventLog log,
      UploadSpool spool,
      FairBudget memory,
      RequestDeduplicator deduplicator,
      Clock clock) {
    this.log = log;
    this.spool = spool;
    this.memory = memory;
    turns =
        new Semaphore(
            Math.clamp(memory.limit() / 2 / PART_MEMORY_BYTES, 1, Integer.MAX_VALUE), true);
    this.deduplicator = deduplicator;
    this.clock = clock;
  }

  /**
   * A file that is stored durably.
   *
   * @param checksum SHA-256 of the content, in lowercase hexadecimal
   * @param size its size in bytes
   * @param eventIds the ids of its parts, in order
   */
  public record StoredFile(
      String fileId, String checksum, int totalParts, long size, List<EventId> eventIds) {}

  /**
   * Receives and stores one file.
   *
   * @param sender the WebhookKey that uses memory and disk space
   * @param contentType the content type of the request, with the boundary
   * @throws ApiException if the upload is not valid or exceeds a limit. Nothing is stored then
   * @throws IOException if the client disconnects. Nothing is stored then
   * @throws StoreException if the store or the disk fails
   */
  public StoredFile store(
      ResolvedEventType resolved,
      EventHeaders headers,
      String sender,
      String contentType,
      InputStream body)
      throws IOException, StoreException {
    EventEnricher enricher = new EventEnricher(resolved, headers, clock.instant());
    try (FairBudget.Lease lease = memory.lease(sender)) {
      lease.take(RECEIVING_BYTES);
      try (UploadSpool.Spooled spooled = spool.create(sender)) {
        long limit = Math.min(resolved.dataCore().limits().maxFileBytes(), spool.maxFileBytes());
        Upload upload =
            new UploadReader(spooled, limit, newFileId(resolved, headers)).read(contentType, body);
        int totalParts = (int) Math.max(1, (upload.size() + PART_BYTES - 1) / PART_BYTES);
        Received received = new Received(resolved, headers, enricher, upload, totalParts);
        List<EventId> ids = new ArrayList<>(totalParts);
        for (int part = 1; part <= totalParts; part++) {
          ids.addAll(storePart(received, part));
        }
        return new StoredFile(upload.fileId(), upload.checksum(), totalParts, upload.size(), ids);
      }
    }
  }

  /** Returns a file id that is the same for every attempt of a request with an idempotency key. */
  private static String newFileId(ResolvedEventType resolved, EventHeaders headers) {
    return headers
        .idempotencyKey()
        .map(key -> UUID.nameUUIDFromBytes(RequestDeduplicator.key(resolved, key, 1)))
        .orElseGet(UUID::randomUUID)
        .toString();
  }

  /** A file that has been received completely, and how its parts are stored. */
  private record Received(
      ResolvedEventType resolved,
      EventHeaders headers,
      EventEnricher enricher,
      Upload upload,
      int totalParts) {}

  /** Waits for a turn: that limits the memory of all parts, and the client cannot delay it. */
  private List<EventId> storePart(Received file, int part) throws IOException, StoreException {
    awaitTurn(part, file.totalParts());
    try {
      byte[] data = file.upload().spooled().read((part - 1L) * PART_BYTES, PART_BYTES);
      byte[] event = encodePart(file.upload(), part, file.totalParts(), data);
      List<NewEvent> events = List.of(file.enricher().enrich(event, Slice.whole(event)));
      return deduplicator.runOnce(
          file.resolved(),
          file.headers(),
          event,
          event.length,
          part,
          key -> append(events, key, part, file.totalParts()));
    } finally {
      turns.release();
    }
  }

  private void awaitTurn(int part, int totalParts) throws StoreException {
    boolean hasTurn = false;
    try {
      hasTurn = turns.tryAcquire(TURN_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!hasTurn) {
      throw new StoreException(
          StoreException.Kind.OVERLOADED,
          "the parts of other files are being stored, and the store is slow; retry later"
              + describeStoredParts(part - 1, totalParts));
    }
  }

  /** Waits while the store is overloaded: failing at once would leave the file incomplete. */
  private List<EventId> append(
      List<NewEvent> events, Optional<IdempotencyKey> key, int part, int totalParts)
      throws StoreException {
    long deadline = System.nanoTime() + OVERLOAD_TIMEOUT.toNanos();
    while (true) {
      try {
        return log.append(events, key);
      } catch (StoreException e) {
        boolean retry =
            e.kind() == StoreException.Kind.OVERLOADED
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted();
        if (!retry) {
          throw new StoreException(
              e.kind(), e.getMessage() + describeStoredParts(part - 1, totalParts), e);
        }
        LockSupport.parkNanos(RETRY_INTERVAL_NANOS);
      }
    }
  }

  private static String describeStoredParts(int stored, int totalParts) {
    return stored == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "; %d of the file's %d parts are already stored, and a retry stores them again unless both requests send the same idempotency-key",
            stored,
            totalParts);
  }

  private static byte[] encodePart(Upload upload, int part, int totalParts, byte[] data)
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
        json.writeObjectField(field.getKey(), field.getValue());
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
