package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.directory.DirectoryArchiveStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryArchiveStoreIT extends ArchiveStoreContract {
  @TempDir private Path folder;
  private DirectoryArchiveStore store;

  @BeforeEach
  void open() throws ArchiveException {
    store = new DirectoryArchiveStore(folder.resolve("archive"));
  }

  @Override
  protected ArchiveStore store() {
    return store;
  }

  @Override
  protected ArchiveStore sameObjects() throws ArchiveException {
    return new DirectoryArchiveStore(folder.resolve("archive"));
  }

  @Test
  void aDraftThatWasNeverPublishedIsNoObject() throws Exception {
    Files.writeString(folder.resolve("archive/.drafts/half-written"), "x");

    assertThat(store.list("")).isEmpty();
    assertThatThrownBy(() -> store.read(".drafts/half-written"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noKeyLeadsOutOfTheFolder() {
    assertThatThrownBy(() -> store.replace("../x", new byte[0], Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeUsedIsNamed() {
    assertThatThrownBy(() -> new DirectoryArchiveStore(Path.of("/proc/none")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("/proc/none");
  }
}
