package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountedSecretsTest {
  @TempDir private Path folder;

  /** As a kubelet lays them out: links through a folder that it swaps as a whole. */
  private void mount(String version, String text) throws IOException {
    Path secret = Files.createDirectories(folder.resolve("shop/bucket"));
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
  void aMountedSecretIsReadAndItsReplacementIsFollowed() throws Exception {
    MountedCatalog catalog = new MountedCatalog(folder, folder, Optional.of(folder));
    mount("first", "one");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsOnlyKeys("accessKeyId");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsEntry("accessKeyId", "one");
    mount("second", "two");
    assertThat(catalog.secret("shop/bucket").orElseThrow()).containsEntry("accessKeyId", "two");
  }

  @Test
  void aSecretThatIsNotMountedIsAbsent() {
    assertThat(new MountedCatalog(folder, folder, Optional.of(folder)).secret("shop/other"))
        .isEmpty();
    assertThat(new MountedCatalog(folder, folder, Optional.empty()).secret("shop/bucket"))
        .isEmpty();
  }
}
