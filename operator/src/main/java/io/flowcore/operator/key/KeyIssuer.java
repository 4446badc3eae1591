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
 * Decides which key a Secret contains: creates the first one, rotates it, and removes the previous
 * one after the overlap. Pure except for the sources of randomness.
 */
public final class KeyIssuer {
  /** Entry of the Secret with the time when the current key was created. */
  public static final String CREATED_AT = "keyCreatedAt";

  private static final int ID_BYTES = 6;

  /** 256 bits cannot be guessed. */
  private static final int SECRET_BYTES = 32;

  private final Supplier<String> ids;
  private final Supplier<String> secrets;

  /** Creates an issuer with sources of ids and secrets. */
  KeyIssuer(Supplier<String> ids, Supplier<String> secrets) {
    this.ids = ids;
    this.secrets = secrets;
  }

  /** Returns an issuer that uses a cryptographically strong random number generator. */
  public static KeyIssuer random() {
    SecureRandom random = new SecureRandom();
    return new KeyIssuer(() -> hex(random, ID_BYTES), () -> hex(random, SECRET_BYTES));
  }

  private static String hex(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * A schedule of rotations.
   *
   * @param interval age at which a key is replaced
   * @param overlap how long the previous key stays valid after a rotation
   */
  public record Rotation(Duration interval, Duration overlap) {}

  /** A change of the key. */
  public enum Change {
    /** The key stays as it is. */
    NONE,
    /** There was no valid key. */
    CREATED,
    /** The key reached its age and was replaced. */
    ROTATED,
    /** The overlap ended and the previous key was removed. */
    PREVIOUS_REMOVED
  }

  /**
   * The key that a Secret must contain.
   *
   * @param entries entries of the Secret that concern the key
   * @param nextChange when the key changes next; empty without a rotation or overlap
   */
  public record IssuedKey(
      Map<String, String> entries, Change change, Optional<Instant> nextChange) {}

  /**
   * Returns the key that a Secret must contain.
   *
   * @param entries current entries of the Secret; empty if it does not exist
   * @param lastKeyId the last known id of the key, which a new key gets if the Secret was lost
   */
  public IssuedKey issue(
      Map<String, String> entries,
      Optional<String> lastKeyId,
      Optional<Rotation> rotation,
      Instant now) {
    RotatingKey known = RotatingKey.of(entries, RotatingKey.KEY);
    if (known.keyId().isEmpty()) {
      Map<String, String> created = new TreeMap<>();
      created.put(RotatingKey.KEY, newKey(lastKeyId.orElseGet(ids)));
      created.put(CREATED_AT, now.truncatedTo(ChronoUnit.SECONDS).toString());
      return new IssuedKey(created, Change.CREATED, nextChange(created, rotation));
    }
    Map<String, String> kept = new TreeMap<>();
    kept.put(RotatingKey.KEY, known.key().orElseThrow());
    // A Secret restored from a backup may lack the time of creation; its age starts now.
    Instant created = createdAt(entries).orElse(now.truncatedTo(ChronoUnit.SECONDS));
    kept.put(CREATED_AT, created.toString());
    if (rotation.isPresent() && !created.plus(rotation.get().interval()).isAfter(now)) {
      return rotate(kept, known, rotation.get(), now);
    }
    boolean overlap =
        known.hasMatchingPreviousKey() && known.overlapEnd().filter(now::isBefore).isPresent();
    if (overlap) {
      kept.put(RotatingKey.PREVIOUS_KEY, known.previousKey().orElseThrow());
      kept.put(RotatingKey.PREVIOUS_KEY_VALID_UNTIL, known.overlapEnd().orElseThrow().toString());
    }
    boolean removed = known.previousKey().isPresent() && !overlap;
    return new IssuedKey(
        kept, removed ? Change.PREVIOUS_REMOVED : Change.NONE, nextChange(kept, rotation));
  }

  private IssuedKey rotate(
      Map<String, String> kept, RotatingKey known, Rotation rotation, Instant now) {
    Instant second = now.truncatedTo(ChronoUnit.SECONDS);
    if (!rotation.overlap().isZero()) {
      kept.put(RotatingKey.PREVIOUS_KEY, known.key().orElseThrow());
      kept.put(RotatingKey.PREVIOUS_KEY_VALID_UNTIL, second.plus(rotation.overlap()).toString());
    }
    kept.put(RotatingKey.KEY, newKey(known.keyId().orElseThrow()));
    kept.put(CREATED_AT, second.toString());
    return new IssuedKey(kept, Change.ROTATED, nextChange(kept, Optional.of(rotation)));
  }

  private String newKey(String id) {
    String key = "fc_" + id + "_" + secrets.get();
    if (KeyText.id(key).isEmpty()) {
      throw new IllegalStateException("a created key must have the format fc_<id>_<secret>");
    }
    return key;
  }

  private static Optional<Instant> nextChange(
      Map<String, String> entries, Optional<Rotation> rotation) {
    Optional<Instant> overlapEnd = RotatingKey.of(entries, RotatingKey.KEY).overlapEnd();
    Optional<Instant> nextRotation = nextRotation(entries, rotation);
    if (overlapEnd.isPresent() && nextRotation.isPresent()) {
      return overlapEnd.get().isBefore(nextRotation.get()) ? overlapEnd : nextRotation;
    }
    return overlapEnd.or(() -> nextRotation);
  }

  /** Returns when the key is rotated next; empty without a rotation or time of creation. */
  static Optional<Instant> nextRotation(Map<String, String> entries, Optional<Rotation> rotation) {
    return rotation.flatMap(
        schedule -> createdAt(entries).map(createdAt -> createdAt.plus(schedule.interval())));
  }

  /** Returns when the current key was created; empty if the entry is missing or invalid. */
  private static Optional<Instant> createdAt(Map<String, String> entries) {
    try {
      return Optional.ofNullable(entries.get(CREATED_AT)).map(Instant::parse);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
