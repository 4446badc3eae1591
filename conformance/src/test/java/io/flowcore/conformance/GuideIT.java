package io.flowcore.conformance;

import static io.flowcore.conformance.LaunchedWorker.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.conformance.LaunchedWorker.Block;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs all examples of the ingestion guide in order and compares the responses. */
class GuideIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ANYTHING = "…";

  @RegisterExtension private static final LaunchedWorker worker = new LaunchedWorker();

  @TestFactory
  List<DynamicTest> everyExampleReturnsTheDocumentedResponse() throws IOException {
    List<Block> blocks = worker.blocks("docs/ingestion.md");
    String variables = blocks.getFirst().text();
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 1; i < blocks.size(); i += 2) {
      Block example = blocks.get(i);
      Block response = blocks.get(i + 1);
      assertThat(example.language()).as(example.text()).isEqualTo("sh");
      tests.add(
          dynamicTest(
              example.text().lines().findFirst().orElseThrow(),
              () -> check(shell(variables + example.text()), response)));
    }
    assertThat(tests).hasSizeGreaterThan(15);
    return tests;
  }

  private static void check(String output, Block expected) throws IOException {
    if (expected.language().equals("json")) {
      assertThat(matches(JSON.readTree(output), JSON.readTree(expected.text())))
          .as("actual:%n%s%nexpected:%n%s", output, expected.text())
          .isTrue();
    } else {
      String pattern = Pattern.quote(expected.text().strip()).replace(ANYTHING, "\\E.*\\Q");
      assertThat(output.strip()).matches(Pattern.compile(pattern, Pattern.DOTALL));
    }
  }

  /** Returns whether a value matches the expected one. In strings, … matches any text. */
  private static boolean matches(JsonNode value, JsonNode expected) {
    if (expected.isTextual()) {
      String pattern = Pattern.quote(expected.asText()).replace(ANYTHING, "\\E.*\\Q");
      return value.isTextual() && value.asText().matches(pattern);
    }
    if (expected.isObject()) {
      boolean matches = value.isObject() && value.size() == expected.size();
      for (Map.Entry<String, JsonNode> field : expected.properties()) {
        matches &= matches(value.path(field.getKey()), field.getValue());
      }
      return matches;
    }
    if (expected.isArray()) {
      boolean matches = value.isArray() && value.size() == expected.size();
      for (int i = 0; matches && i < expected.size(); i++) {
        matches = matches(value.get(i), expected.get(i));
      }
      return matches;
    }
    return value.equals(expected);
  }
}
