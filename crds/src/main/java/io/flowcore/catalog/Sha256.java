package io.flowcore.catalog;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4), which every Java platform provides. */
public final class Sha256 {
  private Sha256() {}

  /** Returns the digest of the input: 32 bytes. */
  public static byte[] digest(byte[] input) {
    return newDigest().digest(input);
  }

  /** Returns a new digest for input that arrives in parts. Not thread-safe. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform provides SHA-256", e);
    }
  }

  /** Returns the digest of the input in hexadecimal: 64 lowercase characters. */
  public static String hex(byte[] input) {
    return HexFormat.of().formatHex(digest(input));
  }
}
