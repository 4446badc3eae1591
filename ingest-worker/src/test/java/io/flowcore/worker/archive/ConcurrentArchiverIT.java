package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several hours are archived at the same time, and event types share the time fairly. */
class ConcurrentArchiverIT {
  private static final Duration LATENCY = Duration.ofMillis(50);

  /** Read the manifest, put the segment, load, replace and read back the manifest. */
  private static final int REQUESTS = 5;

  @TempDir private Path directory;

  private SlowStore store(int parallelism) throws Exception {
    return new SlowStore(
        new DirectoryArchiveStore(directory.resolve("archive")), LATENCY, parallelism);
  }

  private static List<TimeBucket> hours(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(ArchiverFixture::hoursAgo).toList();
  }

  private static boolean isArchived(ArchiverFixture fixture, int type, TimeBucket hour)
      throws Exception {
    return fixture
        .archive
        .manifest(ArchiverFixture.type(ArchiverFixture.id(type)), hour)
        .isPresent();
  }

  @Test
  void manyEventTypesOnASlowStoreCatchUpSeveralTimesFasterThanOneAfterTheOther() throws Exception {
    SlowStore slow = store(8);
    try (ArchiverFixture fixture = new ArchiverFixture(directory, slow)) {
      for (int type = 1; type <= 48; type++) {
        fixture.append(type, hours(2, 2));
      }
      long start = System.nanoTime();
      assertThat(fixture.archiver().archive()).isEqualTo(48);
      Duration took = Duration.ofNanos(System.nanoTime() - start);

      assertThat(slow.mostActive()).as("the limit of the store").isEqualTo(8);
      assertThat(took).isLessThan(LATENCY.multipliedBy(REQUESTS * 48 / 4));
    }
  }

  @Test
  void theLimitOfAStoreIsKept() throws Exception {
    SlowStore slow = store(2);
    try (ArchiverFixture fixture = new ArchiverFixture(directory, slow)) {
      fixture.append(1, hours(2, 11));
      fixture.archiver().archive();

      assertThat(slow.mostActive()).isEqualTo(2);
    }
  }

  @Test
  void aLateEventIsArchivedSoonAlthoughAnotherTypeHasThousandsOfPastHours() throws Exception {
    try (ArchiverFixture fixture = new ArchiverFixture(directory, store(4));
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      fixture.append(1, hours(2, 5_001));
      fixture.append(2, hours(3, 3));
      Future<Long> pass = thread.submit(fixture.archiver()::archive);

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> isArchived(fixture, 2, hours(3, 3).getFirst()));
      assertThat(pass).as("5,000 hours take minutes").isNotDone();
      assertThat(fixture.observer.archived).hasValueLessThan(1_000);
      thread.shutdownNow();
    }
  }

  @Test
  void anEventThatArrivesDuringALongPassIsArchivedByTheNextSlice() throws Exception {
    Archiver.Settings settings =
        new Archiver.Settings(
            Duration.ofMinutes(2),
            64 << 20,
            8,
            Duration.ofMinutes(1),
            Duration.ofMillis(500),
            10_000);
    try (ArchiverFixture fixture = new ArchiverFixture(directory, store(4));
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      fixture.append(1, hours(2, 5_001));
      Future<Long> run = thread.submit(fixture.archiver(settings)::archive);
      await().until(() -> fixture.observer.archived.get() > 0);
      fixture.append(2, hours(3, 3));

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> isArchived(fixture, 2, hours(3, 3).getFirst()));
      assertThat(run).isNotDone();
      thread.shutdownNow();
    }
  }

  @Test
  void whatIsPendingIsReportedDuringAPass() throws Exception {
    try (ArchiverFixture fixture = new ArchiverFixture(directory, store(4));
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      fixture.append(1, hours(2, 1_001));
      Future<Long> pass = thread.submit(fixture.archiver()::archive);

      await().until(() -> fixture.observer.pendingHours == 1_000);
      assertThat(fixture.observer.oldestSecond)
          .isEqualTo(
              EventTime.toInstant(ArchiverFixture.hoursAgo(1_001).firstTick()).getEpochSecond());
      await().until(() -> fixture.observer.pendingHours < 1_000);
      assertThat(pass).isNotDone();
      thread.shutdownNow();
    }
  }

  @Test
  void oneHourThatIsHugeTakesTurnsWithOthersAndIsCompletedWithoutGapsOrCopies() throws Exception {
    Archiver.Settings settings =
        new Archiver.Settings(
            Duration.ofMinutes(2), 1_000, 8, Duration.ofMinutes(1), Duration.ofMillis(300), 10_000);
    try (ArchiverFixture fixture = new ArchiverFixture(directory, store(1))) {
      TimeBucket hour = ArchiverFixture.hoursAgo(2);
      List<Long> ticks =
          LongStream.range(0, 4_000).mapToObj(tick -> hour.firstTick() + tick).toList();
      fixture.append(1, ticks, "{}");
      fixture.append(2, hours(2, 4));

      assertThat(fixture.archiver(settings).archive()).isEqualTo(4_003);
      Optional<Manifest> manifest =
          fixture.archive.manifest(ArchiverFixture.type(ArchiverFixture.id(1)), hour);
      assertThat(manifest.orElseThrow().events()).isEqualTo(4_000);
      assertThat(manifest.get().segments()).hasSizeGreaterThan(2);
      assertThat(fixture.pendingHours()).isZero();
      assertThat(fixture.observer.pendingHours).isZero();
    }
  }
}
