package io.flowcore.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Checks that code blocks in the documentation are well-formed and that links and paths exist.
 * Other tests execute the code blocks of the README and the ingestion guide.
 */
class DocumentsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  /** Matches a path of this project in a command. */
  private static final Pattern PATH =
      Pattern.compile(
          "(?<![\\w/.{-])((?:\\./)?(?:crds|operator|helm|examples|images|bench|e2e|docs|flowcore|mvnw)(?:/[\\w.-]+)*)(?![\\w/*-])");

  private static final Set<String> LANGUAGES =
      Set.of("sh", "yaml", "json", "js", "sql", "", "java", "text", "mermaid");

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(
              docs,
              Stream.of(
                      "README.md",
                      "CONTRIBUTING.md",
                      "examples/README.md",
                      "helm/flowcore/README.md")
                  .map(ROOT::resolve))
          .filter(path -> path.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static List<MatchResult> blocks(Path document) throws IOException {
    return BLOCK.matcher(Files.readString(document)).results().toList();
  }

  @TestFactory
  Stream<DynamicTest> everyBlockOfEveryPageIsWellFormed() throws IOException {
    return documents().stream()
        .map(document ->
            DynamicTest.dynamicTest(
                ROOT.relativize(document).toString(), () -> checkBlocks(document)));
  }

  private static void checkBlocks(Path document) throws IOException, InterruptedException {
    for (MatchResult block : blocks(document)) {
      String language = block.group(1);
      String text = block.group(2);
      assertThat(LANGUAGES).as(text).contains(language);
      switch (language) {
        case "yaml" -> {
          for (JsonNode resource : Chart.documents(text)) {
            // Either a complete resource or a part of one, which has neither field.
            assertThat(resource.has("apiVersion")).as(text).isEqualTo(resource.has("kind"));
          }
        }
        case "json" -> assertThat(Chart.YAML.readTree(text)).as(text).isNotNull();
        case "sh" -> {
          checkSyntax(text);
          checkPaths(text);
        }
        default -> assertThat(text).isNotBlank();
      }
    }
  }

  private static void checkSyntax(String script) throws IOException, InterruptedException {
    Process shell = new ProcessBuilder("sh", "-n").redirectErrorStream(true).start();
    try (var in = shell.outputWriter()) {
      in.write(script);
    }
    String output =
        new String(shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(script + output).isZero();
  }

  private static void checkPaths(String script) {
    PATH.matcher(script)
        .results()
        .map(match -> match.group(1))
        .filter(path -> !path.contains("target"))
        .filter(path -> path.contains("/"))
        .forEach(path -> assertThat(ROOT.resolve(path)).as(script).exists());
  }

  @Test
  void everyDocumentOfEveryExampleIsANamedResource() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("examples"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        List<JsonNode> resources = Chart.documents(Files.readString(file));
        assertThat(resources).as(file.toString()).isNotEmpty();
        assertThat(resources)
            .as(file.toString())
            .allSatisfy(resource -> {
              assertThat(resource.path("apiVersion").asText()).isNotEmpty();
              assertThat(resource.path("kind").asText()).isNotEmpty();
              assertThat(resource.at("/metadata/name").asText()).isNotEmpty();
            });
      }
    }
  }

  @Test
  void everyLinkToAFileHasATarget() throws IOException {
    TreeSet<String> dead = new TreeSet<>();
    for (Path document : documents()) {
      for (MatchResult link :
          LINK.matcher(Files.readString(document).replaceAll("`[^`\\n]*`", "code"))
              .results()
              .toList()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
          dead.add(ROOT.relativize(document) + " -> " + target);
        }
      }
    }
    assertThat(dead).isEmpty();
  }
}
