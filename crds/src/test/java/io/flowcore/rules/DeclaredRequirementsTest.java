package io.flowcore.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** There is one way to say what a suite needs: {@link io.flowcore.testing.Requires}. */
class DeclaredRequirementsTest {
  private static final Pattern OTHER_WAYS =
      Pattern.compile(
          "\\bassume(True|False|That)?\\(|\\bAssumptions\\b|@(Enabled|Disabled)(If|On|For)?\\w*\\b"
              + "|TestAbortedException|getenv\\(\"KUBEBUILDER_ASSETS\"\\)");

  private static final Pattern SUITE = Pattern.compile("(Test|IT)\\.java$");

  /** What a suite uses of a part. Its source names it only if it needs the part. */
  private static final Map<OptionalPart, Pattern> USES =
      Map.of(
          OptionalPart.API_SERVER,
              Pattern.compile("\\bApiServer(\\.start|Extension\\.(installed|empty))\\("),
          OptionalPart.CASSANDRA,
              Pattern.compile(
                  "\\bTestCassandra\\.|\\bCassandraServer\\.(start|cluster)\\(|\\bnew Cluster\\("),
          OptionalPart.HELM, Pattern.compile("\\bChart\\.helm\\("),
          OptionalPart.MEMORY_CGROUPS, Pattern.compile("\\bMemoryCgroup\\.create\\("),
          OptionalPart.NODE, Pattern.compile("\"(node|npm)\","),
          OptionalPart.IMAGES, Pattern.compile("jib-image\\.tar"),
          OptionalPart.MOUNT_NAMESPACES, Pattern.compile("\"unshare\"|\\bSmallVolume\\.mount\\("),
          OptionalPart.GCC, Pattern.compile("\"gcc\""),
          OptionalPart.ZSTD_AND_JQ, Pattern.compile("zstd -dc .*jq"));

  private static List<Path> tests() throws IOException {
    return RepositoryFiles.matching(name ->
        name.contains("src/test/java/")
            && name.endsWith(".java")
            && !name.contains("/io/flowcore/testing/")
            && !name.contains("/io/flowcore/rules/"));
  }

  @Test
  void noSuiteSkipsItselfInAnotherWay() throws IOException {
    List<String> offenders = new ArrayList<>();
    for (Path file : tests()) {
      OTHER_WAYS
          .matcher(Files.readString(file))
          .results()
          .forEach(match -> offenders.add(RepositoryFiles.name(file) + ": " + match.group()));
    }
    assertThat(offenders).as("declare it with @Requires or @RunsOnRequest").isEmpty();
  }

  @Test
  void everySuiteDeclaresThePartsThatItUses() throws IOException {
    List<String> offenders = new ArrayList<>();
    int declared = 0;
    for (Path file : tests()) {
      String source = Files.readString(file);
      for (Map.Entry<OptionalPart, Pattern> use : USES.entrySet()) {
        if (SUITE.matcher(RepositoryFiles.name(file)).find()
            && use.getValue().matcher(source).find()) {
          declared++;
          if (!source.contains("OptionalPart." + use.getKey().name())) {
            offenders.add(
                RepositoryFiles.name(file)
                    + ": add @Requires(OptionalPart."
                    + use.getKey().name()
                    + ")");
          }
        }
      }
    }
    assertThat(offenders).isEmpty();
    assertThat(declared)
        .as("suites that use a part; if none is found, the patterns are stale")
        .isGreaterThan(10);
  }

  @Test
  void everyPartHasAPatternThatFindsItsUsers() {
    assertThat(USES).containsOnlyKeys(OptionalPart.values());
  }
}
