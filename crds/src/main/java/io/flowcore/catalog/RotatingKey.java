package io.flowcore.catalog;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The entries of a Secret that belong to one webhook key.
 *
 * @param key the current key
 * @param previousKey the key before the last rotation, while both are valid
 * @param validUntil end of this overlap, as an ISO 8601 instant
 */
public record RotatingKey(
    Optional<String> key, Optional<String> previousKey, Optional<String> validUntil) {
  /** The entry with the current key, unless a WebhookKey names another one. */
  public static final String KEY = "key";

  /** The entry with the previous key. */
  public static final String PREVIOUS_KEY = "previousKey";

  /** The entry with the end of the overlap. */
  public static final String PREVIOUS_KEY_VALID_UNTIL = "previousKeyValidUntil";

  /**
   * Selects the entries from the data of a Secret.
   *
   * @param data the decoded data
   * @param entry the entry with the current key
   */
  public static RotatingKey of(Map<String, String> data, String entry) {
    return new RotatingKey(
        Optional.ofNullable(data.get(entry)),
        Optional.ofNullable(data.get(PREVIOUS_KEY)),
        Optional.ofNullable(data.get(PREVIOUS_KEY_VALID_UNTIL)));
  }

  /** Returns the id of the current key, or empty if its text is not a key. */
  public Optional<String> keyId() {
    return key.flatMap(KeyText::id);
  }

  /** Returns the end of the overlap, or empty if its text is not an instant. */
  public Optional<Instant> overlapEnd() {
    try {
      return validUntil.map(Instant::parse);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Returns whether the previous key has the same id as the current key, as after a rotation. */
  public boolean hasMatchingPreviousKey() {
    return keyId().isPresent() && previousKey.flatMap(KeyText::id).equals(keyId());
  }

  /** Returns the message for an entry that does not contain a key. Does not quote the entry. */
  public static String invalidKeyMessage(ResourceId secret, String entry) {
    return "the entry '" + entry + "' of " + secret + " is not a key; set it to " + KeyText.FORM;
  }
}
