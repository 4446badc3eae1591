package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.flowcore.worker.archive.FaultyProxy.Fault;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.s3.S3ArchiveStore;
import io.flowcore.worker.archive.store.s3.S3Server;
import io.flowcore.worker.event.TimeBucket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a real S3 server rejects or fails for some objects delays only these objects. */
class ForbiddenObjectsIT {
  @TempDir private Path objects;
  @TempDir private Path directory;
  private S3Server server;
  private S3ArchiveStore store;
  private ArchiverFixture fixture;
  private Archiver archiver;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void start() throws Exception {
    server = new S3Server(objects);
    store = new S3ArchiveStore(server.settingsWithShortTimeouts());
    fixture = new ArchiverFixture(directory, store);
    archiver = fixture.archiver();
    log.start();
    archiveLog().addAppender(log);
    archiveLog().setLevel(Level.WARN);
  }

  @AfterEach
  void stop() throws Exception {
    archiveLog().detachAppender(log);
    archiveLog().setLevel(null);
    fixture.close();
    store.close();
    server.close();
  }

  private static Logger archiveLog() {
    return (Logger) LoggerFactory.getLogger("io.flowcore.worker.archive");
  }

  private List<String> warnings() {
    return log.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static List<TimeBucket> hours(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(ArchiverFixture::hoursAgo).toList();
  }

  @Test
  void forbiddenManifestsThatComeFirstDelayOnlyTheirOwnHours() throws Exception {
    fixture.append(1, hours(2, 6));
    fixture.append(2, hours(2, 6));
    // Five hours in a row, and the first of all.
    server.forbid("GET .*/t00001/.*/manifest.json");

    assertThatThrownBy(archiver::archive).extracting("kind").isEqualTo(Kind.REJECTED);

    assertThat(fixture.observer.archived).hasValue(5);
    assertThat(fixture.observer.failingHours).isEqualTo(5);
    assertThat(fixture.observer.stoppedArchives).isZero();
    assertThat(fixture.pendingHours()).isEqualTo(5);
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("archive REJECTED, 5 times", "t00001", "status 403");

    server.forbid("nothing");
    assertThat(archiver.archive()).as("not retried immediately").isZero();
    fixture.clock.advance(ArchiverFixture.RETRY_AFTER);
    assertThat(archiver.archive()).isEqualTo(5);
    assertThat(fixture.observer.failingHours).isZero();
  }

  @Test
  void anObjectWithServerErrorsDelaysOnlyItsOwnHour() throws Exception {
    fixture.append(1, hours(2, 2));
    fixture.append(2, hours(2, 20));
    server.fail("GET .*/t00001/.*/manifest.json");

    assertThatThrownBy(archiver::archive).extracting("kind").isEqualTo(Kind.UNAVAILABLE);
    assertThat(fixture.observer.archived).hasValue(19);
    assertThat(fixture.observer.stoppedArchives).isZero();
  }

  @Test
  void retriesOfAForbiddenHourBecomeRarer() throws Exception {
    fixture.append(1, hours(2, 2));
    server.forbid(".*manifest.json");
    int attempts = 0;
    for (int minute = 0; minute < 180; minute++) {
      int before = fixture.observer.failures.get();
      try {
        archiver.archive();
      } catch (Exception e) {
        assertThat(e).hasMessageContaining("status 403");
      }
      attempts += fixture.observer.failures.get() - before;
      fixture.clock.advance(Duration.ofMinutes(1));
    }

    assertThat(attempts).as("after 0, 1, 3, 7, 15, 31, 63 and 127 minutes").isEqualTo(8);
  }

  @Test
  void aForbiddenDeletionDoesNotHoldUpNewSegments() throws Exception {
    for (int i = 0; i < 8; i++) {
      fixture.append(1, hours(2, 2));
      archiver.archive();
    }
    archiver.maintain();
    assertThat(fixture.observer.rewrittenBytes).as("compacted").hasPositiveValue();
    fixture.clock.advance(Duration.ofMinutes(20));
    server.forbid("DELETE .*");
    fixture.append(1, hours(3, 9));

    assertThatThrownBy(archiver::maintain).extracting("kind").isEqualTo(Kind.REJECTED);
    assertThat(archiver.archive()).isEqualTo(7);
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("delete a segment that is not used any more", "8 times");
    int requests = server.requests();
    archiver.maintain();
    assertThat(server.requests()).as("the deletions are delayed").isEqualTo(requests);

    server.forbid("nothing");
    fixture.clock.advance(ArchiverFixture.RETRY_AFTER);
    archiver.maintain();
    assertThat(
            store.list(
                ArchiverFixture.type(ArchiverFixture.id(1)).hourPrefix(hours(2, 2).getFirst())))
        .as("a manifest and the compacted segment")
        .hasSize(2);
  }

  @Test
  void wrongCredentialsCauseAFewRequestsInEachPassAndOneLineInTheLog() throws Exception {
    fixture.append(1, hours(2, 301));
    server.forbid(".*");

    for (int pass = 1; pass <= 3; pass++) {
      int before = server.requests();
      log.list.clear();
      assertThatThrownBy(archiver::archive).extracting("kind").isEqualTo(Kind.REJECTED);
      assertThat(server.requests() - before)
          .as("pass %d", pass)
          .isBetween(
              ArchiveAvailability.MAX_FAILURES,
              ArchiveAvailability.MAX_FAILURES + SegmentMemory.MAX_HOURS);
      assertThat(fixture.observer.stoppedArchives).isEqualTo(1);
      assertThat(warnings())
          .singleElement()
          .asString()
          .contains("archive REJECTED", "an archive failed for several hours in a row");
    }
    assertThat(fixture.observer.failingHours)
        .isGreaterThan(3L * ArchiveAvailability.MAX_FAILURES - 1);

    server.forbid("nothing");
    fixture.clock.advance(Duration.ofHours(2));
    assertThat(archiver.archive()).isEqualTo(300);
    assertThat(fixture.observer.stoppedArchives).isZero();
  }

  @Test
  void anUnreachableArchiveIsLeftAloneAfterThreeHoursAndRecovers() throws Exception {
    fixture.append(1, hours(2, 101));
    server.fault(Fault.ERROR_503);

    assertThatThrownBy(archiver::archive).extracting("kind").isEqualTo(Kind.UNAVAILABLE);
    assertThat(fixture.observer.failures)
        .hasValueBetween(
            ArchiveAvailability.MAX_UNAVAILABLE,
            ArchiveAvailability.MAX_UNAVAILABLE + SegmentMemory.MAX_HOURS);
    assertThat(fixture.observer.stoppedArchives).isEqualTo(1);

    server.fault(Fault.NONE);
    fixture.clock.advance(ArchiverFixture.RETRY_AFTER);
    assertThat(archiver.archive()).as("all at once").isEqualTo(100);
  }
}
