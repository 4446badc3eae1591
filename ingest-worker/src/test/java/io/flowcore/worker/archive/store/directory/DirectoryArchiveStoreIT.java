package io.flowcore.worker.archive.store.directory;

import static io.flowcore.worker.archive.store.ArchiveException.Kind.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ArchiveStoreContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryArchiveStoreIT extends ArchiveStoreContract {
  @TempDir private Path directory;
  private DirectoryArchiveStore store;

  @BeforeEach
  void open() throws ArchiveException {
    store = new DirectoryArchiveStore(directory.resolve("archive"));
  }

  @Override
  protected ArchiveStore store() {
    return store;
  }

  @Override
  protected ArchiveStore sameObjects() throws ArchiveException {
    return new DirectoryArchiveStore(directory.resolve("archive"));
  }

  @Test
  void aDraftThatWasNeverPublishedIsNotAnObject() throws Exception {
    Files.writeString(directory.resolve("archive/.drafts/half-written"), "x");

    assertThat(store.list("")).isEmpty();
    assertThatThrownBy(() -> store.read(".drafts/half-written"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aKeyCannotLeadOutOfTheDirectory() {
    assertThatThrownBy(() -> store.replace("../x", new byte[0], Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(directory.resolve("x")).doesNotExist();
  }

  @Test
  void aDirectoryThatCannotBeUsedIsNamedInTheError() {
    assertThatThrownBy(() -> new DirectoryArchiveStore(Path.of("/proc/none")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("/proc/none");
  }

  @Test
  void theDirectoryCanBeGivenByAnyPath() throws Exception {
    Path indirect = directory.resolve("x").resolve("..").resolve("archive");
    Files.createDirectory(directory.resolve("x"));
    try (DirectoryArchiveStore same = new DirectoryArchiveStore(indirect)) {
      same.replace("acme/m", new byte[] {1}, Optional.empty());
      assertThat(same.list("acme")).containsExactly("m");
    }
    assertThat(store().read("acme/m")).isPresent();
  }

  @Test
  void aMissingDirectoryIsNotAnEmptyArchive() throws Exception {
    store().replace("acme/m", new byte[] {1}, Optional.empty());
    Files.move(directory.resolve("archive"), directory.resolve("elsewhere"));

    assertThatThrownBy(() -> store().read("acme/m")).extracting("kind").isEqualTo(UNAVAILABLE);
    assertThatThrownBy(() -> store().list("acme")).extracting("kind").isEqualTo(UNAVAILABLE);
    assertThatThrownBy(() -> store().size("acme/m")).extracting("kind").isEqualTo(UNAVAILABLE);
    assertThatThrownBy(() -> store().range("acme/m", 0, 1))
        .extracting("kind")
        .isEqualTo(UNAVAILABLE);

    Files.move(directory.resolve("elsewhere"), directory.resolve("archive"));
    assertThat(store().read("acme/m")).isPresent();
  }

  @Test
  void aReadOnlyStoreCreatesNothing() throws Exception {
    Path copy = Files.createDirectories(directory.resolve("copy/acme"));
    Files.write(copy.resolve("m"), new byte[] {1});
    try (DirectoryArchiveStore reader = DirectoryArchiveStore.forReading(copy.getParent())) {
      assertThat(reader.list("")).containsExactly("acme/");
      assertThat(reader.read("acme/m")).isPresent();
      assertThat(reader.read("acme/missing")).isEmpty();
    }
    try (var files = Files.list(copy.getParent())) {
      assertThat(files).containsExactly(copy);
    }
  }

  @Test
  void draftsThatACrashLeftAreDeletedAfterADay() throws Exception {
    Path old = Files.createFile(directory.resolve("archive/.drafts/old"));
    Path young = Files.createFile(directory.resolve("archive/.drafts/young"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    new DirectoryArchiveStore(directory.resolve("archive")).close();

    assertThat(old).doesNotExist();
    assertThat(young).exists();
  }
}
