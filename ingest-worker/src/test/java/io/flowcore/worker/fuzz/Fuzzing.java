package io.flowcore.worker.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.error.ApiException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Runs mutated inputs against a target. {@code -Dfuzz.inputs} sets the number of inputs for each
 * target (default 20,000); {@code -Dfuzz.seed} repeats a run.
 */
final class Fuzzing {
  /** Number of inputs for each target. */
  static final long INPUTS = Long.getLong("fuzz.inputs", 20_000);

  /** Seed of all random numbers. */
  static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());

  private Fuzzing() {}

  /** Processes one input. Any exception other than an {@link ApiException} is a defect. */
  interface Target {
    void accept(byte[] input) throws Exception;
  }

  /** Passes mutated inputs to a target, and checks that it rejects some of them, but not all. */
  static void fuzz(String name, long inputs, Mutator mutator, Target target) {
    long rejected = 0;
    for (long n = 0; n < inputs; n++) {
      byte[] input = mutator.next();
      try {
        target.accept(input);
      } catch (ApiException expected) {
        assertThat(expected.getMessage()).isNotBlank();
        rejected++;
      } catch (Exception | Error e) {
        throw new AssertionError(
            "%s, seed %d, input %d: %s".formatted(name, SEED, n, HexFormat.of().formatHex(input)),
            e);
      }
    }
    System.out.printf(
        "Fuzzing: %s: %,d inputs, %,d rejected (seed %d)%n", name, inputs, rejected, SEED);
    assertThat(rejected).isBetween(inputs / 100, inputs - inputs / 100);
  }

  static List<byte[]> seeds(String... texts) {
    List<byte[]> seeds = new ArrayList<>();
    for (String text : texts) {
      seeds.add(text.getBytes(UTF_8));
    }
    return seeds;
  }

  static String lines(String... lines) {
    return String.join("\r\n", lines);
  }
}
