package io.flowcore.worker.archive.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ReloadableArchiveStore;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cached manifest is never older than what was committed. */
class ManifestsTest {
  private static final TimeBucket HOUR = TimeBucket.parse("20260131120000").orElseThrow();
  private static final ArchiveKeyLayout TYPE =
      new ArchiveKeyLayout(
          "acme", new UUID(1, 2), "shop", "orders", "order.placed", new UUID(3, 4));

  @TempDir private Path directory;
  private ReloadableArchiveStore store;
  private CommittedGenerations generations;
  private Manifests manifests;

  @BeforeEach
  void open() throws ArchiveException {
    store = new ReloadableArchiveStore(new DirectoryArchiveStore(directory.resolve("archive")));
    generations = CommittedGenerations.inMemory();
    manifests = new Manifests(store, generations);
  }

  private static Segment segment(String name) {
    String id = EventId.of(HOUR.firstTick(), 1).toString();
    return new Segment(
        name, 9, 99, 1, id, id, "ab", List.of(new Segment.Frame(0, 9, 99, 1, id, id)));
  }

  @Test
  void aSlowReaderDoesNotReplaceANewerManifestInTheCache() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch proceed = new CountDownLatch(1);
    store.reload(
        new ReloadableArchiveStore(new DirectoryArchiveStore(directory.resolve("archive"))) {
          @Override
          public Optional<Content> read(String key) throws ArchiveException {
            Optional<Content> found = super.read(key);
            if (Thread.currentThread().isVirtual()) {
              reading.countDown();
              awaitQuietly(proceed);
            }
            return found;
          }
        });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<Manifest>> slow = threads.submit(() -> manifests.find(TYPE, HOUR));
      reading.await();
      manifests.commit(TYPE, HOUR, List.of(), List.of(segment("a")));
      proceed.countDown();

      assertThat(slow.get().orElseThrow().generation()).isEqualTo(1);
      assertThat(manifests.find(TYPE, HOUR).orElseThrow().generation()).isEqualTo(1);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aManifestThatTheStoreConfirmedAndDidNotStoreIsNotCommitted() throws Exception {
    store.reload(
        new ReloadableArchiveStore(new DirectoryArchiveStore(directory.resolve("archive"))) {
          @Override
          public boolean replace(String key, byte[] content, Optional<String> version) {
            return true;
          }
        });

    assertThatThrownBy(() -> manifests.commit(TYPE, HOUR, List.of(), List.of(segment("a"))))
        .hasMessageContaining("did not store it")
        .extracting("kind")
        .isEqualTo(Kind.UNAVAILABLE);
    assertThat(manifests.committedGeneration(TYPE, HOUR)).isZero();
  }

  @Test
  void aManifestThatIsMissingOrOlderThanCommittedIsReportedAsOutdated() throws Exception {
    String key = TYPE.manifestKey(HOUR);
    manifests.commit(TYPE, HOUR, List.of(), List.of(segment("a")));
    ArchiveStore.Content old = store.read(key).orElseThrow();
    manifests.commit(TYPE, HOUR, List.of(), List.of(segment("b")));
    store.replace(key, old.bytes(), store.read(key).map(ArchiveStore.Content::version));
    Manifests restarted = new Manifests(store, generations);

    assertThatThrownBy(() -> restarted.find(TYPE, HOUR))
        .hasMessageContaining("returned generation 1 of " + key)
        .hasMessageContaining("generation 2 was committed")
        .extracting("kind")
        .isEqualTo(Kind.OUTDATED);
    assertThatThrownBy(() -> restarted.commit(TYPE, HOUR, List.of(), List.of(segment("c"))))
        .hasMessageContaining("generation 2 was committed");
    store.delete(key);
    assertThatThrownBy(() -> restarted.find(TYPE, HOUR))
        .hasMessageContaining("returned no manifest");
  }

  @Test
  void aManifestThatAnotherWorkerCommittedIsReadAlthoughAnOlderOneIsCached() throws Exception {
    Manifests other = new Manifests(store, generations);
    manifests.commit(TYPE, HOUR, List.of(), List.of(segment("a")));
    assertThat(other.find(TYPE, HOUR).orElseThrow().segments()).containsExactly(segment("a"));
    manifests.commit(TYPE, HOUR, List.of(), List.of(segment("b")));

    assertThat(other.find(TYPE, HOUR).orElseThrow().segments())
        .containsExactly(segment("a"), segment("b"));
  }

  @Test
  void anAttemptWhoseResponseWasLostIsNotCommittedTwice() throws Exception {
    store.reload(
        new ReloadableArchiveStore(new DirectoryArchiveStore(directory.resolve("archive"))) {
          private boolean lost;

          @Override
          public boolean replace(String key, byte[] content, Optional<String> version)
              throws ArchiveException {
            boolean written = super.replace(key, content, version);
            boolean reported = lost;
            lost = true;
            return written && reported;
          }
        });
    manifests.commit(TYPE, HOUR, List.of(), List.of(segment("a")));

    assertThat(manifests.find(TYPE, HOUR).orElseThrow().segments()).containsExactly(segment("a"));
  }
}
