package io.flowcore.worker.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Mutates valid inputs into inputs that are almost valid, since parsers fail most often on those.
 */
final class Mutator {
  private static final int MAX_LENGTH = 20_000;

  private final Random random;
  private final List<byte[]> seeds;
  private final List<byte[]> tokens;

  Mutator(Random random, List<byte[]> seeds, String... tokens) {
    this.random = random;
    this.seeds = seeds;
    this.tokens = Arrays.stream(tokens).map(token -> token.getBytes(ISO_8859_1)).toList();
  }

  byte[] next() {
    byte[] input = pick(seeds).clone();
    for (int n = random.nextInt(6); n > 0; n--) {
      input = mutate(input);
    }
    return input.length > MAX_LENGTH ? Arrays.copyOf(input, MAX_LENGTH) : input;
  }

  private byte[] mutate(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int to = Math.min(input.length, at + random.nextInt(20));
    return switch (random.nextInt(8)) {
      case 0 -> flip(input);
      case 1 -> join(input, at, new byte[] {(byte) random.nextInt(256)}, at);
      case 2 -> join(input, at, new byte[0], to);
      case 3 -> Arrays.copyOf(input, at);
      case 4 -> join(input, at, Arrays.copyOfRange(input, at, to), at);
      case 5 -> join(input, at, pick(tokens), at);
      case 6 -> join(input, at, pick(tokens), to);
      default -> splice(input, at);
    };
  }

  private byte[] flip(byte[] input) {
    if (input.length > 0) {
      input[random.nextInt(input.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return input;
  }

  private byte[] splice(byte[] input, int at) {
    byte[] other = pick(seeds);
    int from = random.nextInt(other.length + 1);
    return join(input, at, Arrays.copyOfRange(other, from, other.length), input.length);
  }

  /** Returns the input with the range between two offsets replaced. */
  private static byte[] join(byte[] input, int from, byte[] between, int to) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(input.length + between.length);
    joined.write(input, 0, from);
    joined.writeBytes(between);
    joined.write(input, to, input.length - to);
    return joined.toByteArray();
  }

  private byte[] pick(List<byte[]> from) {
    return from.get(random.nextInt(from.size()));
  }
}
