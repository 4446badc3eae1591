package io.flowcore.worker.archive.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.manifest.ManifestCodec;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments and manifests: what is written is read back, and corruption is detected. */
class SegmentTest {
  private static final TimeBucket BUCKET = TimeBucket.parse("20260131120000").orElseThrow();
  private static final ArchiveKeyLayout TYPE =
      new ArchiveKeyLayout(
          "acme", new UUID(1, 2), "shop", "orders", "order.placed", new UUID(3, 4));

  @TempDir private Path directory;

  private static EventId id(long n) {
    return EventId.of(BUCKET.firstTick() + n, n);
  }

  private static EventLine line(long n, String payload) {
    String event =
        "{\"eventId\":\"" + id(n) + "\",\"payload\":" + payload + ",\"eventTime\":\"t\"}";
    return EventLine.of(id(n), event.getBytes(UTF_8));
  }

  private Segment write(Path file, List<EventLine> lines) throws IOException {
    try (SegmentWriter writer = new SegmentWriter(file)) {
      for (EventLine line : lines) {
        writer.add(line);
      }
      return writer.finish("segment");
    }
  }

  private static List<EventLine> random(int count, int size) {
    Random random = new Random(count);
    List<EventLine> lines = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      String text =
          random.ints(size, 'a', 'z').mapToObj(Character::toString).reduce("", String::concat);
      lines.add(line(n, "{\"n\":" + n + ",\"x\":\"" + text + "\"}"));
    }
    return lines;
  }

  private static byte[] frameBytes(byte[] file, Frame frame) {
    return Arrays.copyOfRange(file, (int) frame.offset(), (int) frame.offset() + frame.length());
  }

  @Test
  void writtenEventsAreReadBackFrameByFrame() throws Exception {
    Path file = directory.resolve("segment");
    List<EventLine> lines = random(10_000, 300);
    Segment segment = write(file, lines);
    byte[] bytes = Files.readAllBytes(file);

    List<String> read = new ArrayList<>();
    for (Frame frame : segment.frames()) {
      FrameEvents events = FrameReader.read(frame, frameBytes(bytes, frame), "s");
      for (int n = 0; n < events.size(); n++) {
        read.add(new String(events.line(n).event(), UTF_8));
      }
    }
    assertThat(read)
        .isEqualTo(lines.stream().map(line -> new String(line.event(), UTF_8)).toList());
    assertThat(segment.frames()).hasSizeGreaterThan(3);
    assertThat(segment.frames())
        .allMatch(frame -> frame.rawLength() < SegmentWriter.FRAME_BYTES + 1_000);
    assertThat(segment.events()).isEqualTo(10_000);
    assertThat(segment.size()).isEqualTo(bytes.length);
    assertThat(segment.first()).isEqualTo(id(0).toString());
    assertThat(segment.last()).isEqualTo(id(9_999).toString());
  }

  @Test
  @Requires(OptionalPart.ZSTD_AND_JQ)
  void aSegmentIsReadableWithStandardZstdAndJsonTools() throws Exception {
    Path file = directory.resolve("segment.ndjson.zst");
    write(file, random(5_000, 300));
    Process shell =
        new ProcessBuilder("sh", "-c", "zstd -dc '" + file + "' | jq -s 'map(.payload.n) | add'")
            .redirectErrorStream(true)
            .start();

    assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8).strip())
        .isEqualTo(String.valueOf(5_000L * 4_999 / 2));
  }

  @Test
  void aPayloadWithLineBreaksIsStoredAsOneLineAndReturnedUnchanged() throws Exception {
    String payload = "{\r\n  \"a\": [1,\n2],\n\t\"b\": \"\\n\"\n}";
    EventLine line = line(1, payload);

    assertThat(new String(line.bytes(), UTF_8)).doesNotContain("\n", "\r").contains("lineEnds");
    Path file = directory.resolve("segment");
    Frame frame = write(file, List.of(line)).frames().getFirst();
    FrameEvents read = FrameReader.read(frame, Files.readAllBytes(file), "s");
    assertThat(text(read.single(0))).contains(payload);
    assertThat(text(read.ascending(0, 1, new RunLimit(9, 9_999, Optional.empty()))))
        .isEqualTo(text(read.single(0)));
    assertThat(read.id(0)).isEqualTo(id(1));
  }

  private static String text(EventRun run) {
    return new String(run.json(), run.offset(), run.length(), UTF_8);
  }

  @Test
  void aRunEndsAtEachOfItsLimitsAndHasAtLeastOneEvent() throws Exception {
    Path file = directory.resolve("segment");
    List<EventLine> lines = random(100, 50);
    Frame frame = write(file, lines).frames().getFirst();
    FrameEvents events = FrameReader.read(frame, Files.readAllBytes(file), "s");
    int first = lines.get(3).bytes().length;
    RunLimit wide = new RunLimit(1_000, 1 << 20, Optional.empty());

    assertThat(events.ascending(3, 100, wide).count()).isEqualTo(97);
    assertThat(events.ascending(3, 20, wide).count()).isEqualTo(17);
    assertThat(events.ascending(3, 100, new RunLimit(5, 1 << 20, Optional.empty())).count())
        .isEqualTo(5);
    assertThat(events.ascending(3, 100, new RunLimit(5, first, Optional.empty())).count())
        .isEqualTo(1);
    assertThat(events.ascending(3, 100, new RunLimit(5, first + 1, Optional.empty())).count())
        .isEqualTo(2);
    assertThat(events.ascending(3, 100, wide.before(id(10), ReadOrder.ASCENDING)).count())
        .isEqualTo(7);
    assertThat(events.ascending(3, 100, wide.before(id(3), ReadOrder.ASCENDING)).count())
        .isEqualTo(1);
    EventRun run =
        events.ascending(
            3, 100, wide.before(id(10), ReadOrder.ASCENDING).before(id(90), ReadOrder.ASCENDING));
    assertThat(run.last()).isEqualTo(id(9));
    assertThat(text(run))
        .isEqualTo(
            lines.subList(3, 10).stream()
                .map(line -> new String(line.bytes(), UTF_8))
                .collect(Collectors.joining(",")));
  }

  @Property(tries = 2_000)
  void everyObjectIsReturnedByteForByte(@ForAll String text, @ForAll boolean member) {
    String inner = text.replace("\"", "").replace("\\", "");
    String event =
        "{\"eventId\":\""
            + id(7)
            + "\",\"x\":\""
            + inner
            + "\""
            + (member ? ",\"lineEnds\":\"n3\"" : "")
            + ",\"eventTime\":\"t\"}";
    byte[] bytes = event.getBytes(UTF_8);

    assertThat(EventLine.of(id(7), bytes.clone()).event()).isEqualTo(bytes);
  }

  @Test
  void aChangedByteIsDetectedAtAnyPosition() throws Exception {
    Path file = directory.resolve("segment");
    Segment segment = write(file, random(200, 200));
    byte[] bytes = Files.readAllBytes(file);
    Frame frame = segment.frames().getFirst();
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      if (Arrays.equals(changed, bytes)) {
        continue;
      }
      try {
        FrameEvents read = FrameReader.read(frame, frameBytes(changed, frame), "s");
        // Some bits of the zstd header have no meaning. Then the content must be unchanged.
        assertThat(read.line(0).bytes())
            .isEqualTo(FrameReader.read(frame, frameBytes(bytes, frame), "s").line(0).bytes());
      } catch (ArchiveException e) {
        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
      }
    }
  }

  @Test
  void eventsThatAreNotInOrderAreNotWritten() throws Exception {
    try (SegmentWriter writer = new SegmentWriter(directory.resolve("s"))) {
      writer.add(line(2, "{}"));
      assertThatThrownBy(() -> writer.add(line(2, "{}")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> writer.add(line(1, "{}")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aManifestIsReadBackAndItsGenerationIncreases() throws Exception {
    Segment segment = write(directory.resolve("s"), random(3_000, 500));
    Manifest first = Manifest.empty(TYPE, BUCKET.toString()).next(List.of(), List.of(segment));
    Manifest read = ManifestCodec.read(TYPE.manifestKey(BUCKET), ManifestCodec.write(first));

    assertThat(read).isEqualTo(first);
    assertThat(read.generation()).isEqualTo(1);
    assertThat(read.events()).isEqualTo(3_000);
    assertThat(read.next(List.of(segment), List.of()).segments()).isEmpty();
    assertThat(read.next(List.of(segment), List.of()).generation()).isEqualTo(2);
  }

  @Test
  void aManifestThatIsInconsistentOrHasAnotherVersionIsCorrupt() throws Exception {
    Segment segment = write(directory.resolve("s"), random(10, 50));
    byte[] good =
        ManifestCodec.write(
            Manifest.empty(TYPE, BUCKET.toString()).next(List.of(), List.of(segment)));
    String text = new String(good, UTF_8);
    for (String bad :
        List.of(
            "",
            "{}",
            "{",
            text.replace("\"version\" : 1", "\"version\" : 2"),
            text.replace("\"offset\" : 0", "\"offset\" : 5"),
            text.replaceFirst("\"events\" : 10,\n    \"first\"", "\"events\" : 11,\n    \"first\""),
            text.replace("\"name\" : \"segment\"", "\"name\" : \"../segment\""),
            text.replace("order.placed", "order.shipped"),
            text + "{}")) {
      assertThat(bad).isNotEqualTo(text);
      assertThatThrownBy(() -> ManifestCodec.read(TYPE.manifestKey(BUCKET), bad.getBytes(UTF_8)))
          .as(bad)
          .extracting("kind")
          .isEqualTo(Kind.CORRUPT);
    }
  }

  @Test
  void keysContainTheHourAsADirectoryPath() {
    assertThat(TYPE.manifestKey(BUCKET))
        .isEqualTo("acme/shop/orders/order.placed/2026/01/31/12/manifest.json");
  }
}
