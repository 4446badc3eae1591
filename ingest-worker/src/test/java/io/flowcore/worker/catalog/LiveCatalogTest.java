package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.TestWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveCatalogTest {
  @Test
  void aSourceThatCouldNotBeReadIsReadAgainWithoutAChange() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      source.failure = Optional.of(new IOException("the disk failed"));
      source.fingerprint = 2;
      live.refresh();
      live.refresh();
      assertThat(live.status().rejections().toString()).contains("the disk failed");
      source.failure = Optional.empty();
      live.refresh();
      assertThat(live.status().rejections()).isEmpty();
      assertThat(source.loads).isEqualTo(2);
      source.complete = false;
      source.fingerprint = 3;
      live.refresh();
      live.refresh();
      live.refresh();
      assertThat(source.loads).as("read until it is complete").isEqualTo(4);
    }
  }

  @Test
  void aChangedSourceIsReadWhenItStopsChanging() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      for (int i = 2; i < 10; i++) {
        source.fingerprint = i;
        live.refresh();
      }
      assertThat(source.loads).isEqualTo(1);
      live.refresh();
      assertThat(source.loads).isEqualTo(2);
    }
  }

  @Test
  void aSourceThatKeepsChangingIsReadAnyway() {
    FlakySource source = new FlakySource();
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    try (LiveCatalog live = new LiveCatalog(source, clock)) {
      for (int i = 2; i < 22; i++) {
        source.fingerprint = i;
        clock.advance(Duration.ofSeconds(1));
        live.refresh();
      }
      assertThat(source.loads).as("in 20 s of changes").isBetween(3, 5);
    }
  }

  @Test
  void anErrorOfASourceIsReportedAndPollingContinues() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      source.error = Optional.of(new StackOverflowError("a deep manifest"));
      source.fingerprint = 2;
      live.watch(Duration.ofMillis(1));
      await().until(() -> live.status().rejections().toString().contains("a deep manifest"));
      source.error = Optional.empty();
      await().until(() -> live.status().rejections().isEmpty());
    }
  }

  @Test
  void aMountedCatalogIsLoadedWhenBothFilesHaveTheSameRevision(@TempDir Path mount)
      throws Exception {
    Catalog shop = new ManifestDirectory(TestWorker.QUICKSTART).load().catalog();
    Files.writeString(mount.resolve(CatalogCodec.CATALOG_FILE), CatalogCodec.writeCatalog(shop));
    try (LiveCatalog live =
        new LiveCatalog(new MountedCatalog(mount, mount, Optional.empty()), Clock.systemUTC())) {
      assertThat(live.status().loaded()).isFalse();

      Files.writeString(mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(shop));
      live.refresh();
      assertThat(live.current().catalog()).isEqualTo(shop);

      Files.writeString(
          mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(Catalog.empty()));
      live.refresh();
      live.refresh();
      assertThat(live.current().catalog()).isEqualTo(shop);
      assertThat(live.status().rejections().getFirst()).contains("waiting until both");
    }
  }

  private static final class FlakySource implements CatalogSource {
    private Optional<IOException> failure = Optional.empty();
    private volatile Optional<Error> error = Optional.empty();
    private boolean complete = true;
    private volatile int fingerprint = 1;
    private int loads;

    @Override
    public Object fingerprint() {
      return fingerprint;
    }

    @Override
    public Loaded load() throws IOException {
      if (failure.isPresent()) {
        throw failure.get();
      }
      if (error.isPresent()) {
        throw error.get();
      }
      loads++;
      return new Loaded(Catalog.empty(), List.of(), complete);
    }
  }
}
