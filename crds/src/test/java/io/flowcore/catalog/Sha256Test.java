package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Sha256Test {
  /** The example of FIPS 180-4. */
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void returnsTheDigestOfTheStandardsExample() {
    assertThat(Sha256.hex("abc".getBytes(UTF_8))).isEqualTo(OF_ABC);
    assertThat(Sha256.digest("abc".getBytes(UTF_8))).hasSize(32);
  }

  @Test
  void digestsInputInParts() {
    var digest = Sha256.newDigest();
    digest.update("a".getBytes(UTF_8));
    digest.update("bc".getBytes(UTF_8));

    assertThat(digest.digest()).isEqualTo(Sha256.digest("abc".getBytes(UTF_8)));
  }
}
