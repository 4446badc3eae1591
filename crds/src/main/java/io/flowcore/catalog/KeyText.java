package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a webhook key, {@code fc_<id>_<secret>}. The two parts cannot contain an underscore,
 * because the published clients split the key there to find its id.
 */
public final class KeyText {
  /** The format of a key, for messages. */
  public static final String FORM =
      "fc_<id>_<secret> with an id of 1 to 64 letters, digits or hyphens, a secret of 16 to 256 letters, digits or . ~ -"
          + " and no other underscore";

  private static final Pattern SYNTAX =
      Pattern.compile("fc_([A-Za-z0-9-]{1,64})_[A-Za-z0-9.~-]{16,256}");

  private KeyText() {}

  /** Returns the id in a key, or empty if the text is not a key. */
  public static Optional<String> id(String key) {
    Matcher match = SYNTAX.matcher(key);
    return match.matches() ? Optional.of(match.group(1)) : Optional.empty();
  }

  /**
   * Returns the SHA-256 of the whole key, in hexadecimal. A fast hash is enough: the secret is
   * random and cannot be guessed, so a slow hash would protect nothing.
   */
  public static String digest(String key) {
    return Sha256.hex(key.getBytes(UTF_8));
  }
}
