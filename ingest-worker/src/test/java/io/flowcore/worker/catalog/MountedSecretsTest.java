package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountedSecretsTest {
  @TempDir private Path directory;

  /** Creates the layout of a kubelet: links through a directory that it replaces as a whole. */
  private void mount(String version, String text) throws IOException {
    Path secret = Files.createDirectories(directory.resolve("shop/bucket"));
    Path data = Files.createDirectories(secret.resolve(".." + version));
    Files.writeString(data.resolve("accessKeyId"), text + "\n");
    Path link = secret.resolve("..data");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(".." + version));
    if (!Files.exists(secret.resolve("accessKeyId"))) {
      Files.createSymbolicLink(secret.resolve("accessKeyId"), Path.of("..data", "accessKeyId"));
    }
  }

  @Test
  void readsAMountedSecretAndItsReplacement() throws Exception {
    MountedCatalog catalog = new MountedCatalog(directory, directory, Optional.of(directory));
    mount("first", "one");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsOnlyKeys("accessKeyId");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsEntry("accessKeyId", "one");
    mount("second", "two");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsEntry("accessKeyId", "two");
  }

  @Test
  void returnsEmptyForASecretThatIsNotMounted() {
    assertThat(
            new MountedCatalog(directory, directory, Optional.of(directory)).secret("shop/other"))
        .isEmpty();
    assertThat(new MountedCatalog(directory, directory, Optional.empty()).secret("shop/bucket"))
        .isEmpty();
  }
}
