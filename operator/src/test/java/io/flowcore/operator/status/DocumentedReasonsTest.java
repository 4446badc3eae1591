package io.flowcore.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.ValidationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentedReasonsTest {
  /** A reason in the sources: the first argument of these factory methods. */
  private static final Pattern REASON =
      Pattern.compile("ConditionState\\.(?:yes|no|unknown)\\(\\s*\"([A-Za-z]+)\"");

  private static final Path SOURCES = Path.of("src", "main", "java");

  @Test
  void everyReasonOfAConditionIsDocumented() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "operator.md"));
    TreeSet<String> reasons = new TreeSet<>();
    for (ValidationFailure.Reason reason : ValidationFailure.Reason.values()) {
      reasons.add(reason.toString());
    }
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Matcher match = REASON.matcher(Files.readString(file));
        while (match.find()) {
          reasons.add(match.group(1));
        }
      }
    }
    assertThat(reasons).hasSizeGreaterThan(15).contains("WorkersSilent", "Suspended");
    assertThat(reasons).allSatisfy(reason -> assertThat(document).contains("`" + reason + "`"));
  }
}
