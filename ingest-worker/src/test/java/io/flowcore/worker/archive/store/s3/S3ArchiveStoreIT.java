package io.flowcore.worker.archive.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.FaultyProxy.Fault;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ArchiveStoreContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class S3ArchiveStoreIT extends ArchiveStoreContract {
  @TempDir private Path directory;
  private S3Server server;
  private final List<ArchiveStore> stores = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = new S3Server(directory);
    open(server.settings());
  }

  @AfterEach
  void stop() throws Exception {
    stores.forEach(ArchiveStore::close);
    server.close();
  }

  private ArchiveStore open(S3Settings settings) {
    stores.add(new S3ArchiveStore(settings));
    return stores.getLast();
  }

  @Override
  protected ArchiveStore store() {
    return stores.getFirst();
  }

  @Override
  protected ArchiveStore sameObjects() {
    return open(server.settings());
  }

  @Test
  void keysBeginWithThePrefix() throws Exception {
    store().replace("a/b", new byte[] {1}, Optional.empty());

    assertThat(directory.resolve("archive/some/prefix/a/b")).exists();
  }

  @Test
  void anUnreachableServerIsUnavailableAndTheErrorContainsNoSecret() {
    ArchiveStore unreachable =
        open(S3Server.settings(1, server.settingsWithShortTimeouts().timeouts()));

    assertThatThrownBy(() -> unreachable.read("a"))
        .isInstanceOf(ArchiveException.class)
        .hasMessageNotContaining("local-credential")
        .hasMessageNotContaining("127.0.0.1")
        .extracting("kind")
        .isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aRequestToASlowServerTimesOut() throws Exception {
    ArchiveStore store = open(server.settingsWithShortTimeouts());
    server.fault(Fault.HANG);

    assertThatThrownBy(() -> store.read("a")).extracting("kind").isEqualTo(Kind.UNAVAILABLE);
    server.fault(Fault.NONE);
    assertThat(store.read("a")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ERROR_503", "CUT"})
  void aServerThatFailsIsUnavailableUntilItRecovers(Fault fault) throws Exception {
    ArchiveStore store = open(server.settingsWithShortTimeouts());
    server.fault(fault);

    assertThatThrownBy(() -> store.replace("a", new byte[] {1}, Optional.empty()))
        .extracting("kind")
        .isEqualTo(Kind.UNAVAILABLE);
    assertThatThrownBy(() -> store.list("")).extracting("kind").isEqualTo(Kind.UNAVAILABLE);
    server.fault(Fault.NONE);
    assertThat(store.read("b")).isEmpty();
  }

  @Test
  void aForbiddenObjectIsRejectedAndSaysNothingAboutOthers() throws Exception {
    server.forbid("GET .*/secret/.*");

    assertThatThrownBy(() -> store().read("secret/a"))
        .hasMessageContaining("status 403")
        .hasMessageContaining("check the bucket, and the credentials")
        .hasMessageNotContaining("127.0.0.1")
        .extracting("kind")
        .isEqualTo(Kind.REJECTED);
    assertThat(store().read("b")).isEmpty();
  }

  @Test
  void aServerThatConfirmsAWriteAndLosesTheObjectIsDetected() throws Exception {
    ArchiveStore store = open(server.settingsWithShortTimeouts());
    server.fault(Fault.LOSE_WRITES);
    byte[] content = random(1_000);

    assertThatThrownBy(() -> store.put("segment", file(content), Sha256.digest(content)))
        .extracting("kind")
        .isEqualTo(Kind.CORRUPT);
  }

  @Test
  void aLostResponseDoesNotHideASuccessfulWrite() throws Exception {
    ArchiveStore store = open(server.settingsWithShortTimeouts());
    server.fault(Fault.LOSE_FIRST_RESPONSE);

    assertThat(store.replace("m", "one".getBytes(UTF_8), Optional.empty())).isTrue();
    assertThat(store().read("m").orElseThrow().bytes()).isEqualTo("one".getBytes(UTF_8));
  }
}
