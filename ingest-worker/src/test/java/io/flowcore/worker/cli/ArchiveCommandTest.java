package io.flowcore.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.archive.store.s3.S3Server;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that list, print and verify an archive, with their exit codes. */
class ArchiveCommandTest {
  private static final TimeBucket BUCKET = TimeBucket.parse("20260131120000").orElseThrow();
  private static final String HOUR = "acme/shop/orders/order.placed/2026/01/31/12";
  private static final ArchiveKeyLayout TYPE =
      new ArchiveKeyLayout(
          "acme", new UUID(1, 2), "shop", "orders", "order.placed", new UUID(3, 4));

  @TempDir private Path directory;
  private final PrintStream stdout = System.out;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void writeTwoSegments() throws Exception {
    System.setOut(new PrintStream(printed, true, UTF_8));
    EventArchive cold = new EventArchive(new DirectoryArchiveStore(directory.resolve("archive")));
    for (List<Integer> numbers : List.of(List.of(0, 1, 2), List.of(2, 3))) {
      Path file = directory.resolve("segment" + numbers.getFirst());
      try (SegmentWriter writer = new SegmentWriter(file)) {
        for (int n : numbers) {
          EventId id = EventId.of(BUCKET.firstTick() + n, n);
          writer.add(
              EventLine.of(id, ("{\"eventId\":\"" + id + "\",\"n\":" + n + "}").getBytes(UTF_8)));
        }
        Segment segment = writer.finish(file.getFileName().toString());
        cold.store()
            .put(
                TYPE.segmentKey(BUCKET, segment.name()),
                file,
                HexFormat.of().parseHex(segment.sha256()));
        cold.commit(TYPE, BUCKET, List.of(), List.of(segment));
      }
    }
  }

  @AfterEach
  void restoreStandardOutput() {
    System.setOut(stdout);
  }

  private int run(String... arguments) {
    return runAt(new String[] {"--archive", directory.resolve("archive").toString()}, arguments);
  }

  private int runAt(String[] location, String... arguments) {
    printed.reset();
    List<String> all = new ArrayList<>(List.of("archive"));
    all.addAll(List.of(arguments));
    all.addAll(List.of(location));
    return WorkerMain.run(all.toArray(String[]::new));
  }

  @Test
  void lsListsHoursAndTotals() {
    assertThat(run("ls")).isZero();
    assertThat(printed.toString(UTF_8))
        .contains(HOUR + "  5 events in 2 segments", "1 hours, 5 events");
    assertThat(run("ls", "acme/shop/other")).isZero();
    assertThat(printed.toString(UTF_8)).contains("0 hours, 0 events");
  }

  @Test
  void catPrintsEachEventOfAnHourOnceInOrder() {
    assertThat(run("cat", HOUR)).isZero();
    assertThat(printed.toString(UTF_8).lines().map(line -> line.replaceAll(".*\"n\":", "")))
        .containsExactly("0}", "1}", "2}", "3}");
  }

  @Test
  void verifySucceedsForAnIntactArchive() {
    assertThat(run("verify")).isZero();
    assertThat(printed.toString(UTF_8)).contains("Verified 2 segments in 1 hours", "0 problems");
  }

  @Test
  void verifyFailsForADirectoryThatIsNotAnArchive() throws Exception {
    Files.createDirectory(directory.resolve("empty"));
    String[] empty = {"--archive", directory.resolve("empty").toString()};
    assertThat(runAt(empty, "verify")).isEqualTo(1);
    assertThat(printed.toString(UTF_8))
        .contains("No archived hours found; check --archive, --s3 and PATH");
    String[] deeper = {"--archive", directory.resolve("archive/acme").toString()};
    assertThat(runAt(deeper, "verify")).isEqualTo(1);
    assertThat(printed.toString(UTF_8))
        .contains("manifest.json is not in the directory of an hour");
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("No space left on device");
              }
            }));
    assertThat(run("cat", HOUR)).isEqualTo(1);
    assertThat(run("verify")).isEqualTo(1);
    assertThat(run("ls")).isEqualTo(1);
  }

  @Test
  void aManifestWithPathsOutsideItsHourOrOfAnotherHourIsRejected() throws Exception {
    Path manifest = directory.resolve("archive").resolve(HOUR).resolve("manifest.json");
    String good = Files.readString(manifest);
    for (String bad :
        List.of(
            good.replace("segment0", "../../secret"),
            good.replace("20260131120000", "20260131130000"))) {
      Files.writeString(manifest, bad);
      assertThat(run("cat", HOUR + "/")).as(bad).isEqualTo(1);
      assertThat(run("verify")).isEqualTo(1);
    }
    Files.writeString(manifest, good);
    assertThat(run("cat", HOUR + "/")).isZero();
  }

  @Test
  void verifyReportsEveryDamagedOrMissingObject() throws Exception {
    Path segment = directory.resolve("archive").resolve(HOUR).resolve("segment0");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment, bytes);
    Files.delete(directory.resolve("archive").resolve(HOUR).resolve("segment2"));

    assertThat(run("verify")).isEqualTo(1);
    assertThat(printed.toString(UTF_8)).contains("segment0", "segment2", "2 problems");
    Files.writeString(directory.resolve("archive").resolve(HOUR).resolve("manifest.json"), "{}");
    assertThat(run("verify")).isEqualTo(1);
    assertThat(printed.toString(UTF_8)).contains("manifest.json", "1 problems");
    assertThat(run("ls")).isEqualTo(1);
  }

  @Test
  void verifyListsOrphanedSegmentsAndReportsAMissingManifest() throws Exception {
    Path hour = directory.resolve("archive").resolve(HOUR);
    Files.write(hour.resolve("left-by-a-crash.ndjson.zst"), new byte[10]);
    assertThat(run("verify")).isZero();
    assertThat(printed.toString(UTF_8))
        .contains("left-by-a-crash.ndjson.zst is not listed in a manifest", "0 problems");

    Files.delete(hour.resolve("manifest.json"));
    assertThat(run("verify")).isEqualTo(1);
    assertThat(printed.toString(UTF_8)).contains("no object " + HOUR + "/manifest.json");
  }

  @Test
  void aBucketIsReadWithCredentialsFromTheEnvironment() throws Exception {
    System.setProperty("aws.accessKeyId", "local-identity");
    System.setProperty("aws.secretAccessKey", "local-credential");
    try (S3Server server = new S3Server(directory.resolve("buckets"))) {
      copy(directory.resolve("archive"), directory.resolve("buckets/archive/some/prefix"));
      String endpoint = server.settings().endpoint().orElseThrow().toString();
      String[] where = {"--s3", "s3://archive/some/prefix", "--endpoint", endpoint, "--path-style"};
      assertThat(runAt(where, "verify")).isZero();
      assertThat(printed.toString(UTF_8)).contains("Verified 2 segments in 1 hours", "0 problems");
      assertThat(runAt(where, "cat", HOUR)).isZero();
      assertThat(printed.toString(UTF_8).lines()).hasSize(4);
      where[1] = "s3://no-such-bucket/some/prefix";
      assertThat(runAt(where, "ls")).isEqualTo(1);
      where[1] = "bucket";
      assertThat(runAt(where, "ls")).isEqualTo(2);
    } finally {
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
  }

  private static void copy(Path from, Path to) throws Exception {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  @Test
  void anHourOrAnArchiveThatDoesNotExistIsAnError() {
    assertThat(run("cat", "acme/shop/orders/nope/2026/01/31/12")).isEqualTo(1);
    assertThat(WorkerMain.run("archive", "ls", "--archive", directory.resolve("none").toString()))
        .isEqualTo(1);
  }
}
