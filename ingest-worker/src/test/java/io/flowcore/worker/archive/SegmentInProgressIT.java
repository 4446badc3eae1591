package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ReloadableArchiveStore;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.event.TimeBucket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Storing a segment may take longer than the age at which a segment counts as an orphan. */
class SegmentInProgressIT {
  @TempDir private Path directory;

  /** When the archive stalls: before or after it has stored a segment. */
  enum Stall {
    BEFORE,
    AFTER
  }

  private static final class StallingStore extends ReloadableArchiveStore {
    private final Stall stall;
    private final CountDownLatch stalled = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    StallingStore(ArchiveStore store, Stall stall) {
      super(store);
      this.stall = stall;
    }

    @Override
    public void put(String key, Path file, byte[] sha256) throws ArchiveException {
      if (stall == Stall.AFTER) {
        super.put(key, file, sha256);
      }
      stalled.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (stall == Stall.BEFORE) {
        super.put(key, file, sha256);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSegmentThatIsAboutToBeCommittedIsNoOrphanHoweverLongItTakes(Stall stall) throws Exception {
    StallingStore store =
        new StallingStore(new DirectoryArchiveStore(directory.resolve("archive")), stall);
    try (ArchiverFixture fixture = new ArchiverFixture(directory, store);
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      TimeBucket hour = ArchiverFixture.hoursAgo(2);
      fixture.append(1, List.of(hour));
      Archiver archiver = fixture.archiver();
      Future<Long> pass = thread.submit(archiver::archive);
      store.stalled.await();
      fixture.clock.advance(Duration.ofHours(1));
      archiver.maintain();
      store.goOn.countDown();

      assertThat(pass.get()).isEqualTo(1);
      ArchiveKeyLayout type = ArchiverFixture.type(ArchiverFixture.id(1));
      Manifest manifest = fixture.archive.manifest(type, hour).orElseThrow();
      assertThat(manifest.segments()).hasSize(1);
      for (Segment segment : manifest.segments()) {
        assertThat(store.size(type.segmentKey(hour, segment.name()))).isPresent();
      }
      assertThat(fixture.observer.failures.get()).isZero();
    }
  }
}
