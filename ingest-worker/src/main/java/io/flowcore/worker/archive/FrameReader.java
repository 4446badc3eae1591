package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.flowcore.worker.archive.ArchiveException.Kind;
import io.flowcore.worker.archive.Segment.Frame;
import io.flowcore.worker.event.EventId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Takes frames apart, and believes nothing that it can check. */
public final class FrameReader {
  /** What no frame exceeds, so that a manifest that was tampered with costs no more memory. */
  static final int MAX_RAW_BYTES = 64 << 20;

  private FrameReader() {}

  /**
   * Reads the events of a frame.
   *
   * @param compressed its bytes
   * @param object for messages
   * @throws ArchiveException {@code CORRUPT} if they are not what the manifest says
   */
  public static List<EventLine> read(Frame frame, byte[] compressed, String object)
      throws ArchiveException {
    byte[] raw = decompress(frame, compressed, object);
    // Finding a character in such a string is a vector instruction; in an array it is a loop.
    String text = new String(raw, ISO_8859_1);
    List<EventLine> lines = new ArrayList<>(frame.events());
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      Optional<EventLine> line = EventLine.parse(Arrays.copyOfRange(raw, start, end));
      if (line.isEmpty()) {
        throw corrupt(frame, object, "a line is no event");
      }
      lines.add(line.get());
      start = end + 1;
    }
    if (start != raw.length || lines.size() != frame.events()) {
      throw corrupt(
          frame, object, "it holds " + lines.size() + " lines instead of " + frame.events());
    }
    checkOrder(frame, lines, object);
    return lines;
  }

  private static byte[] decompress(Frame frame, byte[] compressed, String object)
      throws ArchiveException {
    if (frame.rawLength() > MAX_RAW_BYTES) {
      throw corrupt(frame, object, "it says that it holds " + frame.rawLength() + " bytes");
    }
    try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
      byte[] raw = zstd.decompress(compressed, frame.rawLength());
      if (raw.length != frame.rawLength()) {
        throw corrupt(frame, object, "it holds " + raw.length + " bytes");
      }
      return raw;
    } catch (ZstdException e) {
      throw new ArchiveException(
          Kind.CORRUPT,
          "the frame at " + frame.offset() + " of " + object + " can't be decompressed",
          e);
    }
  }

  private static void checkOrder(Frame frame, List<EventLine> lines, String object)
      throws ArchiveException {
    EventId before = null;
    for (EventLine line : lines) {
      if (before != null && line.id().compareTo(before) <= 0) {
        throw corrupt(frame, object, "its events are out of order");
      }
      before = line.id();
    }
    boolean ends =
        !lines.isEmpty()
            && lines.getFirst().id().toString().equals(frame.first())
            && lines.getLast().id().toString().equals(frame.last());
    if (!ends) {
      throw corrupt(frame, object, "it holds other events than the manifest says");
    }
  }

  private static ArchiveException corrupt(Frame frame, String object, String what) {
    return new ArchiveException(
        Kind.CORRUPT, "the frame at " + frame.offset() + " of " + object + ": " + what);
  }
}
