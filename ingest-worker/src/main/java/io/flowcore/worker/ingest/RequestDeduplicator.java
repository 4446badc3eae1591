package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.IdempotencyStore;
import io.flowcore.worker.store.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Deduplicates requests by their {@code Idempotency-Key}. A request that is sent again within 24
 * hours stores nothing and returns the first result, also after a restart. The scope of a key is
 * the WebhookKey of the client, the kind of URL and the event type.
 */
public final class RequestDeduplicator {
  /** The name of the header. */
  public static final String HEADER = "idempotency-key";

  /** How long a result is kept. */
  static final Duration RETENTION = Duration.ofDays(1);

  /** The retention starts at the commit, which may come some time after the look-up. */
  private static final Duration COMMIT_MARGIN = Duration.ofMinutes(1);

  private static final Pattern SYNTAX = Pattern.compile("[!-~]{1,255}");

  private final IdempotencyStore store;
  private final Clock clock;

  /**
   * Requests in progress by their key. A second attempt waits for the first, because both would
   * find no record.
   */
  private final ConcurrentHashMap<ByteBuffer, CompletableFuture<Void>> inProgress =
      new ConcurrentHashMap<>();

  /** Creates a deduplicator that reads the records of earlier requests from a store. */
  public RequestDeduplicator(IdempotencyStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Stores the events of a request. */
  public interface Attempt {
    /**
     * Stores the events.
     *
     * @param idempotencyKey to be stored together with the events
     * @return the ids of the events
     */
    List<EventId> run(Optional<IdempotencyKey> idempotencyKey) throws StoreException;
  }

  /**
   * Runs an attempt, unless an earlier request with the same key succeeded.
   *
   * @param content everything that the request contains except its headers
   * @param length bytes of {@code content} that count
   * @param part 1, or the number of the write if one request makes several
   * @return the event ids of this attempt or of the earlier request
   * @throws ApiException with {@code idempotency_conflict} if a different request used the key
   */
  public List<EventId> runOnce(
      ResolvedEventType resolved,
      EventHeaders headers,
      byte[] content,
      int length,
      int part,
      Attempt attempt)
      throws StoreException {
    if (headers.idempotencyKey().isEmpty()) {
      return attempt.run(Optional.empty());
    }
    byte[] key = key(resolved, headers.idempotencyKey().get(), part);
    byte[] digest = digest(headers, content, length);
    ByteBuffer mapKey = ByteBuffer.wrap(key);
    CompletableFuture<Void> done = new CompletableFuture<>();
    for (var other = inProgress.putIfAbsent(mapKey, done);
        other != null;
        other = inProgress.putIfAbsent(mapKey, done)) {
      other.join();
    }
    try {
      Optional<IdempotencyRecord> earlier = store.idempotencyRecord(key);
      if (earlier.isEmpty()) {
        long expiresAt = clock.instant().plus(RETENTION).plus(COMMIT_MARGIN).getEpochSecond();
        return attempt.run(Optional.of(new IdempotencyKey(key, digest, expiresAt)));
      }
      if (!MessageDigest.isEqual(earlier.get().digest(), digest)) {
        throw new ApiException(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "a different request used this "
                + HEADER
                + " within the last 24 hours; send a new key");
      }
      return earlier.get().ids();
    } finally {
      inProgress.remove(mapKey);
      done.complete(null);
    }
  }

  /** Returns the 32 bytes that identify a client's key in its scope, for one write. */
  public static byte[] key(ResolvedEventType resolved, RequestKey requestKey, int part) {
    if (!SYNTAX.matcher(requestKey.text()).matches()) {
      throw new ApiException(
          ErrorCode.INVALID_PARAMETER,
          "the header " + HEADER + " must be 1 to 255 visible ASCII characters without spaces");
    }
    MessageDigest sha = Sha256.newDigest();
    update(sha, resolved.eventType().id().toString());
    update(sha, requestKey.webhookKey());
    update(sha, requestKey.endpoint().name());
    sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part));
    return sha.digest(requestKey.text().getBytes(UTF_8));
  }

  private static byte[] digest(EventHeaders headers, byte[] content, int length) {
    MessageDigest sha = Sha256.newDigest();
    for (Optional<String> header :
        List.of(
            headers.metadata(),
            headers.eventTime(),
            headers.validTime(),
            headers.keys().eventTimeKey(),
            headers.keys().validTimeKey())) {
      update(sha, header.orElse(""));
    }
    sha.update(content, 0, length);
    return sha.digest();
  }

  /** Adds a text after its length, so that two texts are not confused with two others. */
  private static void update(MessageDigest sha, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
    sha.update(bytes);
  }
}
