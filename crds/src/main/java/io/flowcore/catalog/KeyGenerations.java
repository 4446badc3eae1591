package io.flowcore.catalog;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a Secret holds of one key.
 *
 * @param key the newest generation
 * @param previousKey during the overlap of a rotation the generation before
 * @param validUntil until when the previous key is good, as an ISO 8601 instant
 */
public record KeyGenerations(
    Optional<String> key, Optional<String> previousKey, Optional<String> validUntil) {
  /** The entry of the newest generation, unless a WebhookKey names another. */
  public static final String KEY = "key";

  /** The entry of the generation before. */
  public static final String PREVIOUS_KEY = "previousKey";

  /** The entry that ends the overlap. */
  public static final String PREVIOUS_KEY_VALID_UNTIL = "previousKeyValidUntil";

  /**
   * Picks them out of a Secret's texts.
   *
   * @param entry the entry that holds the key
   */
  public static KeyGenerations of(Map<String, String> texts, String entry) {
    return new KeyGenerations(
        Optional.ofNullable(texts.get(entry)),
        Optional.ofNullable(texts.get(PREVIOUS_KEY)),
        Optional.ofNullable(texts.get(PREVIOUS_KEY_VALID_UNTIL)));
  }

  /** The id of the key, if it is one. */
  public Optional<String> keyId() {
    return key.flatMap(KeyText::id);
  }

  /** The end of the overlap, if it is an instant. */
  public Optional<Instant> end() {
    try {
      return validUntil.map(Instant::parse);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Whether the previous key has the id of the newest, as a key keeps it when it is rotated. */
  public boolean previousKeyFits() {
    return keyId().isPresent() && previousKey.flatMap(KeyText::id).equals(keyId());
  }

  /** Says what is wrong with an entry that holds no key, without quoting it. */
  public static String noKey(ResourceId secret, String entry) {
    return "the entry '" + entry + "' of " + secret + " is no key; it must read " + KeyText.FORM;
  }
}
