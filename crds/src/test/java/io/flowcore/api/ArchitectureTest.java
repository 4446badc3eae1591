package io.flowcore.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the sources, so that imports, qualified names and Javadoc links all count. */
class ArchitectureTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "flowcore");

  @Test
  void theApiModelDoesNotDependOnTheCatalog() throws IOException {
    assertThat(sources("api")).hasSizeGreaterThan(10);
    for (Path file : sources("api")) {
      assertThat(Files.readString(file)).as("%s", file).doesNotContain("io.flowcore.catalog");
    }
  }

  @Test
  void theCatalogUsesTheObjectModelOfKubernetesOnlyAndNoClient() throws IOException {
    assertThat(sources("catalog")).hasSizeGreaterThan(10);
    for (Path file : sources("catalog")) {
      assertThat(Files.readString(file))
          .as("%s", file)
          .doesNotContain("io.fabric8.kubernetes.client")
          .doesNotContain("java.time.Clock")
          .doesNotContain("java.nio.file");
    }
  }

  private static List<Path> sources(String directory) throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES.resolve(directory))) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
