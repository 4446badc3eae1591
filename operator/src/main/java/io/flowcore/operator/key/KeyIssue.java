package io.flowcore.operator.key;

import io.flowcore.catalog.KeyText;
import io.flowcore.catalog.RotatingKey;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Decides what a Secret with a generated key should hold. Pure but for the randomness that is given
 * in.
 */
public final class KeyIssue {
  /** Entry of the Secret: when the newest generation was made. */
  public static final String CREATED_AT = "keyCreatedAt";

  private static final int ID_BYTES = 6;

  /** 256 bits, which nobody guesses. */
  private static final int SECRET_BYTES = 32;

  private final Supplier<String> ids;
  private final Supplier<String> secrets;

  /** Makes keys of what two sources give. */
  KeyIssue(Supplier<String> ids, Supplier<String> secrets) {
    this.ids = ids;
    this.secrets = secrets;
  }

  /** Makes keys that nobody can guess. */
  public static KeyIssue random() {
    SecureRandom random = new SecureRandom();
    return new KeyIssue(() -> hex(random, ID_BYTES), () -> hex(random, SECRET_BYTES));
  }

  private static String hex(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** A schedule of new keys. */
  public record Rotation(Duration every, Duration overlap) {}

  /** What was done to a key. */
  public enum Change {
    /** Nothing. */
    NONE,
    /** There was none. */
    CREATED,
    /** Its age was reached. */
    ROTATED,
    /** The overlap is over, and the generation before is gone. */
    PREVIOUS_DROPPED
  }

  /**
   * What the Secret should hold.
   *
   * @param texts its entries that concern the key
   * @param next when to look again
   */
  public record Issued(Map<String, String> texts, Change change, Optional<Instant> next) {}

  /**
   * Decides.
   *
   * @param texts what the Secret holds; empty if there is none
   * @param lastKeyId the id that the key had, which a new one takes over if the Secret was lost
   */
  public Issued issue(
      Map<String, String> texts,
      Optional<String> lastKeyId,
      Optional<Rotation> rotation,
      Instant now) {
    RotatingKey known = RotatingKey.of(texts, RotatingKey.KEY);
    if (known.keyId().isEmpty()) {
      Map<String, String> made = new TreeMap<>();
      made.put(RotatingKey.KEY, key(lastKeyId.orElseGet(ids)));
      made.put(CREATED_AT, now.truncatedTo(ChronoUnit.SECONDS).toString());
      return new Issued(made, Change.CREATED, next(made, rotation));
    }
    Map<String, String> kept = new TreeMap<>();
    kept.put(RotatingKey.KEY, known.key().orElseThrow());
    // Whoever restored the Secret from a copy may have left out its age, which begins anew then.
    Instant created = createdAt(texts).orElse(now.truncatedTo(ChronoUnit.SECONDS));
    kept.put(CREATED_AT, created.toString());
    if (rotation.isPresent() && !created.plus(rotation.get().every()).isAfter(now)) {
      return rotated(kept, known, rotation.get(), now);
    }
    boolean overlap =
        known.hasMatchingPreviousKey() && known.overlapEnd().filter(now::isBefore).isPresent();
    if (overlap) {
      kept.put(RotatingKey.PREVIOUS_KEY, known.previousKey().orElseThrow());
      kept.put(RotatingKey.PREVIOUS_KEY_VALID_UNTIL, known.overlapEnd().orElseThrow().toString());
    }
    boolean dropped = known.previousKey().isPresent() && !overlap;
    return new Issued(kept, dropped ? Change.PREVIOUS_DROPPED : Change.NONE, next(kept, rotation));
  }

  private Issued rotated(
      Map<String, String> kept, RotatingKey known, Rotation rotation, Instant now) {
    Instant second = now.truncatedTo(ChronoUnit.SECONDS);
    if (!rotation.overlap().isZero()) {
      kept.put(RotatingKey.PREVIOUS_KEY, known.key().orElseThrow());
      kept.put(RotatingKey.PREVIOUS_KEY_VALID_UNTIL, second.plus(rotation.overlap()).toString());
    }
    kept.put(RotatingKey.KEY, key(known.keyId().orElseThrow()));
    kept.put(CREATED_AT, second.toString());
    return new Issued(kept, Change.ROTATED, next(kept, Optional.of(rotation)));
  }

  private String key(String id) {
    String key = "fc_" + id + "_" + secrets.get();
    if (KeyText.id(key).isEmpty()) {
      throw new IllegalStateException("a made key has the form of a key");
    }
    return key;
  }

  private static Optional<Instant> next(Map<String, String> texts, Optional<Rotation> rotation) {
    Optional<Instant> end = RotatingKey.of(texts, RotatingKey.KEY).overlapEnd();
    Optional<Instant> due =
        rotation.flatMap(every -> createdAt(texts).map(at -> at.plus(every.every())));
    if (end.isPresent() && due.isPresent()) {
      return end.get().isBefore(due.get()) ? end : due;
    }
    return end.or(() -> due);
  }

  /** When the newest generation was made, if the Secret says so. */
  public static Optional<Instant> createdAt(Map<String, String> texts) {
    try {
      return Optional.ofNullable(texts.get(CREATED_AT)).map(Instant::parse);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
