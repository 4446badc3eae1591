package io.flowcore.worker.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.StubStore;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;

class ReadinessTest {
  private StoreHealth health = new StoreHealth.Healthy();

  private Readiness readiness(LiveCatalog catalog) {
    Readiness readiness = new Readiness(catalog);
    readiness.opened(
        new StubStore() {
          @Override
          public StoreHealth health() {
            return health;
          }
        });
    readiness.started();
    return readiness;
  }

  @Test
  void aWorkerThatWaitsForItsStoreIsAliveAndNotReadyAndSaysWhy() {
    try (LiveCatalog catalog =
        new LiveCatalog(
            new ManifestDirectory(Path.of("../examples/quickstart")), Clock.systemUTC())) {
      Readiness readiness = new Readiness(catalog);
      assertThat(readiness.obstacles()).containsExactly("the worker is starting");

      readiness.waitingFor("waiting for the hot store: no node responds");
      assertThat(readiness.obstacles())
          .containsExactly("waiting for the hot store: no node responds");
      assertThat(readiness.fatal()).isEmpty();

      readiness.started();
      assertThat(readiness.obstacles()).isEmpty();
    }
  }

  @Test
  void aBrokenStoreRequiresARestartAndDrainingDoesNot() {
    try (LiveCatalog catalog =
        new LiveCatalog(
            new ManifestDirectory(Path.of("../examples/quickstart")), Clock.systemUTC())) {
      Readiness readiness = readiness(catalog);
      assertThat(readiness.obstacles()).isEmpty();
      assertThat(readiness.fatal()).isEmpty();

      health = new StoreHealth.Broken("the disk is gone");
      assertThat(readiness.fatal()).contains("the disk is gone");
      assertThat(readiness.obstacles()).containsExactly("the disk is gone");

      health = new StoreHealth.Healthy();
      readiness.drain();
      assertThat(readiness.fatal()).isEmpty();
      assertThat(readiness.obstacles()).containsExactly("the worker is shutting down");
    }
  }

  @Test
  void aWorkerWithAFullDiskStaysReadyAndReportsIt() {
    try (LiveCatalog catalog =
        new LiveCatalog(
            new ManifestDirectory(Path.of("../examples/quickstart")), Clock.systemUTC())) {
      Readiness readiness = readiness(catalog);
      assertThat(readiness.warnings()).isEmpty();

      health = new StoreHealth.DiskFull("the disk is full");
      assertThat(readiness.fatal()).isEmpty();
      assertThat(readiness.obstacles()).isEmpty();
      assertThat(readiness.warnings()).containsExactly("the disk is full");

      health = new StoreHealth.Impaired("no lease");
      assertThat(readiness.obstacles()).containsExactly("no lease");
    }
  }

  @Test
  void aWorkerWithoutACatalogIsNotReady() {
    try (LiveCatalog catalog =
        new LiveCatalog(new ManifestDirectory(Path.of("no-such-directory")), Clock.systemUTC())) {
      assertThat(readiness(catalog).obstacles()).containsExactly("no catalog has been loaded yet");
    }
  }
}
