package io.flowcore;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.SourcePackageCycles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void packagesHaveNoCyclesInTheSources() throws IOException {
    assertThat(SourcePackageCycles.find(Path.of("src", "main", "java"))).isEmpty();
  }
}
