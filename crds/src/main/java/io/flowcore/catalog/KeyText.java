package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a webhook key, {@code fc_<id>_<secret>}. Neither part may hold an underscore: the
 * published clients split the key there to find its id.
 */
public final class KeyText {
  /** What a key looks like, for messages. */
  public static final String FORM =
      "fc_<id>_<secret>, the id 1 to 64 letters, digits or hyphens, the secret 16 to 256 letters, digits or . ~ - ,"
          + " and no further underscore";

  private static final Pattern SYNTAX =
      Pattern.compile("fc_([A-Za-z0-9-]{1,64})_[A-Za-z0-9.~-]{16,256}");

  private KeyText() {}

  /** The id in a key, or empty if the text is no key. */
  public static Optional<String> id(String key) {
    Matcher match = SYNTAX.matcher(key);
    return match.matches() ? Optional.of(match.group(1)) : Optional.empty();
  }

  /**
   * SHA-256 of the whole key, in hexadecimal. A plain hash is enough: the secret is random, so
   * there is nothing to guess that a slow hash would have to protect.
   */
  public static String digest(String key) {
    return HexFormat.of().formatHex(Ids.digest("SHA-256", key.getBytes(UTF_8)));
  }
}
