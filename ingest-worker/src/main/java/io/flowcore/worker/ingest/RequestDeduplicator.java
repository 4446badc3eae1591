package io.flowcore.worker.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Makes a request with an {@code Idempotency-Key} take effect once, however often it is sent within
 * a day: a further attempt gets the answer of the first, also after a restart.
 */
public final class RequestDeduplicator {
  /** Name of the header. */
  public static final String HEADER = "idempotency-key";

  /** How long an answer is remembered. */
  static final Duration REMEMBERED = Duration.ofDays(1);

  private static final Pattern SYNTAX = Pattern.compile("[!-~]{1,255}");

  private final IdempotencyStore store;
  private final Clock clock;

  /** Attempts under way, so that two at once don't both find no receipt. */
  private final ConcurrentHashMap<ByteBuffer, CompletableFuture<Void>> underWay =
      new ConcurrentHashMap<>();

  /** Remembers in a store. */
  public RequestDeduplicator(IdempotencyStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Takes the events, and stores them with the request's key if there is one. */
  interface Attempt {
    List<EventId> run(Optional<IdempotencyKey> requestKey) throws StoreException;
  }

  /**
   * Runs an attempt unless one with the same key was stored before.
   *
   * @param said all that the request says besides its headers
   * @param part 1, or more for what belongs to the same request behind its first write
   * @throws RequestRefused with {@code idempotency_conflict} if a different request used the key
   */
  List<EventId> once(
      ResolvedEventType route,
      EventHeaders headers,
      byte[] said,
      int length,
      int part,
      Attempt attempt)
      throws StoreException {
    if (headers.idempotencyKey().isEmpty()) {
      return attempt.run(Optional.empty());
    }
    byte[] key = key(route, headers.idempotencyKey().get(), part);
    byte[] digest = digest(headers, said, length);
    ByteBuffer name = ByteBuffer.wrap(key);
    CompletableFuture<Void> mine = new CompletableFuture<>();
    for (var other = underWay.putIfAbsent(name, mine);
        other != null;
        other = underWay.putIfAbsent(name, mine)) {
      other.join();
    }
    try {
      Optional<IdempotencyRecord> idempotencyRecord = store.idempotencyRecord(key);
      if (idempotencyRecord.isEmpty()) {
        long until = clock.instant().plus(REMEMBERED).getEpochSecond();
        return attempt.run(Optional.of(new IdempotencyKey(key, digest, until)));
      }
      if (!MessageDigest.isEqual(idempotencyRecord.get().digest(), digest)) {
        throw new ApiException(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "another request was sent with this " + HEADER + " within a day; use a new one");
      }
      return idempotencyRecord.get().ids();
    } finally {
      underWay.remove(name);
      mine.complete(null);
    }
  }

  /** 32 bytes that stand for a sender's key at one event type. */
  static byte[] key(ResolvedEventType route, String senderKey, int part) {
    if (!SYNTAX.matcher(senderKey).matches()) {
      throw new ApiException(
          ErrorCode.INVALID_PARAMETER,
          "the header " + HEADER + " must have 1 to 255 characters of visible ASCII");
    }
    MessageDigest sha = sha256();
    sha.update(route.eventType().id().toString().getBytes(UTF_8));
    sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part));
    return sha.digest(senderKey.getBytes(UTF_8));
  }

  private static byte[] digest(EventHeaders headers, byte[] said, int length) {
    MessageDigest sha = sha256();
    for (Optional<String> header :
        List.of(
            headers.metadata(),
            headers.eventTime(),
            headers.validTime(),
            headers.keys().eventTimeKey(),
            headers.keys().validTimeKey())) {
      byte[] text = header.orElse("").getBytes(UTF_8);
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, text.length));
      sha.update(text);
    }
    sha.update(said, 0, length);
    return sha.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
