package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An hour with many overlapping segments becomes one in which few overlap at the same position. */
class OverlapCompactionIT {
  private static final int SEGMENT_BYTES = 20_000;
  private static final Archiver.Settings SETTINGS =
      new Archiver.Settings(
          Duration.ofMinutes(2),
          SEGMENT_BYTES,
          8,
          Duration.ofMinutes(1),
          Duration.ofSeconds(30),
          1_000);
  private static final TimeBucket HOUR = ArchiverFixture.hoursAgo(3);
  private static final long HOUR_TICKS = 3_600 * EventTime.PER_SECOND;

  @TempDir private Path directory;
  private final Random random = new Random(7);
  private final TreeSet<EventId> expected = new TreeSet<>();
  private FaultInjection faults;
  private ArchiverFixture fixture;
  private Archiver archiver;

  @BeforeEach
  void open() throws Exception {
    faults = new FaultInjection(new DirectoryArchiveStore(directory.resolve("archive")));
    fixture = new ArchiverFixture(directory, faults.store());
    archiver = fixture.archiver(SETTINGS);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  /** Archives one segment with events at random times between two parts of the hour. */
  private void archiveSegment(int events, double from, double to) throws Exception {
    List<Long> ticks = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      ticks.add(HOUR.firstTick() + (long) (random.nextDouble(from, to) * HOUR_TICKS));
    }
    expected.addAll(fixture.append(1, ticks, "{\"text\":\"" + "x".repeat(600) + "\"}"));
    archiver.archive();
  }

  private Manifest manifest() throws ArchiveException {
    return fixture
        .archive
        .manifest(ArchiverFixture.type(ArchiverFixture.id(1)), HOUR)
        .orElseThrow();
  }

  private static EventId id(String text) {
    return EventId.parse(text).orElseThrow();
  }

  /** Returns how many segments a query reads at the same time at most. */
  private static int depth(List<Segment> segments) {
    return segments.stream()
        .mapToInt(at ->
            (int)
                segments.stream()
                    .filter(other ->
                        id(other.first()).compareTo(id(at.first())) <= 0
                            && id(other.last()).compareTo(id(at.first())) >= 0)
                    .count())
        .max()
        .orElse(0);
  }

  private List<EventId> read() throws ArchiveException {
    List<EventId> ids = new ArrayList<>();
    ArchiveCursor cursor = new ArchiveInspection(faults.store()).events(manifest());
    while (cursor.hasNext()) {
      ids.add(cursor.headLine().id());
      cursor.skip(1);
    }
    return ids;
  }

  private void maintainUntilDone() throws Exception {
    long generation;
    do {
      generation = manifest().generation();
      archiver.maintain();
    } while (manifest().generation() > generation);
  }

  @Test
  void ofFiftyOverlappingSegmentsAtMostThreeStillOverlapAtABoundedCost() throws Exception {
    for (int i = 0; i < 50; i++) {
      archiveSegment(17, 0, 1);
    }
    assertThat(depth(manifest().segments())).isEqualTo(50);
    long written = fixture.observer.writtenBytes.get();

    maintainUntilDone();

    List<Segment> segments = new ArrayList<>(manifest().segments());
    segments.sort(Comparator.comparing(segment -> id(segment.first())));
    assertThat(depth(segments)).isLessThanOrEqualTo(3);
    assertThat(segments).hasSizeLessThanOrEqualTo(50);
    assertThat(segments)
        .allSatisfy(segment -> assertThat(segment.rawSize()).isLessThan(SEGMENT_BYTES + 2_000));
    assertThat(read()).containsExactlyElementsOf(expected);
    assertThat(manifest().events()).as("no copies").isEqualTo(expected.size());
    assertThat(fixture.observer.rewrittenBytes.get()).as("rewritten").isLessThan(5 * written);
  }

  @Test
  void segmentsThatArriveOneAfterTheOtherAreRewrittenAFewTimesOnly() throws Exception {
    for (int i = 0; i < 60; i++) {
      archiveSegment(17, 0, 1);
      archiver.maintain();
    }
    maintainUntilDone();

    assertThat(depth(manifest().segments())).isLessThanOrEqualTo(6);
    assertThat(read()).containsExactlyElementsOf(expected);
    assertThat(fixture.observer.rewrittenBytes.get())
        .isLessThan(10 * fixture.observer.writtenBytes.get());
  }

  @Test
  void smallLateSegmentsDoNotRewriteLargeOnes() throws Exception {
    for (int i = 0; i < 10; i++) {
      archiveSegment(17, i / 10.0, (i + 1) / 10.0);
    }
    long large = fixture.observer.writtenBytes.get();
    for (int i = 0; i < 40; i++) {
      archiveSegment(1, 0, 1);
      archiver.maintain();
    }

    assertThat(fixture.observer.rewrittenBytes.get()).isLessThan(large);
    assertThat(manifest().segments()).hasSizeLessThan(10 + 20);
    assertThat(read()).containsExactlyElementsOf(expected);
  }

  @Test
  void segmentsThatDoNotOverlapStayAsTheyAre() throws Exception {
    for (int i = 0; i < 12; i++) {
      archiveSegment(17, i / 12.0, (i + 1) / 12.0);
    }
    List<Segment> before = manifest().segments();
    maintainUntilDone();

    assertThat(manifest().segments()).isEqualTo(before);
  }

  @Test
  void oneCallRewritesALimitedAmountAndTheNextCallsContinue() throws Exception {
    for (int i = 0; i < 64; i++) {
      archiveSegment(17, 0, 1);
    }
    archiver.maintain();
    assertThat(fixture.observer.rewrittenBytes.get())
        .as("half of the segments at most")
        .isLessThan(fixture.observer.writtenBytes.get() / 2 + 1);
    maintainUntilDone();

    assertThat(depth(manifest().segments())).isLessThanOrEqualTo(3);
  }

  @Test
  void aCrashAtAnyStepLosesAndDoublesNothing() throws Exception {
    for (int i = 0; i < 6; i++) {
      archiveSegment(17, 0, 1);
    }
    int crashes = 0;
    // Fails later and later, before or after an operation in turn, until everything is done.
    while (isInterrupted(crashes, crashes % 2 == 1)) {
      crashes++;
      assertThat(read()).as("crash %d", crashes).containsExactlyElementsOf(expected);
      reopen();
    }

    assertThat(crashes).as("crashes").isGreaterThan(10);
    List<Segment> large =
        manifest().segments().stream()
            .filter(segment -> segment.rawSize() >= SEGMENT_BYTES / 2)
            .toList();
    assertThat(depth(large)).isEqualTo(1);
    fixture.clock.advance(Duration.ofHours(3));
    archiver.maintain();
    assertThat(read()).containsExactlyElementsOf(expected);
    assertThat(manifest().events()).isEqualTo(expected.size());
    assertThat(faults.store().list(ArchiverFixture.type(ArchiverFixture.id(1)).hourPrefix(HOUR)))
        .as("no orphans")
        .hasSize(manifest().segments().size() + 1);
  }

  /** Runs the maintenance, and returns whether it was interrupted at an operation of the store. */
  private boolean isInterrupted(int operation, boolean afterEffect) throws Exception {
    faults.failAt(operation, afterEffect);
    try {
      archiver.maintain();
      return false;
    } catch (ArchiveException e) {
      assertThat(e).hasMessageContaining("injected");
      return true;
    } finally {
      faults.recover();
    }
  }

  /** A new process knows of the hour only when it gets another event. */
  private void reopen() throws Exception {
    archiver = fixture.archiver(SETTINGS);
    archiveSegment(1, 0, 1);
  }

  @Test
  void aManifestWithAnInvalidIdIsReported() {
    OverlapSelection selection = new OverlapSelection(1, 16);
    Segment damaged = new Segment("s", 1, 1, 1, "x", "y", "", List.of());

    assertThatThrownBy(() -> selection.select(List.of(damaged)))
        .isInstanceOf(ArchiveException.class)
        .extracting("kind")
        .isEqualTo(ArchiveException.Kind.CORRUPT);
  }
}
