package io.flowcore.worker.archive.segment;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.github.luben.zstd.ZstdCompressCtx;
import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.event.EventId;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes a segment to a local file. Keeps one frame in memory. Used by one thread. */
public final class SegmentWriter implements AutoCloseable {
  /** A frame ends at the event that reaches this size, in bytes of uncompressed lines. */
  public static final int FRAME_BYTES = 1 << 20;

  /** The default of zstd: a good ratio at several hundred megabytes per second. */
  private static final int LEVEL = 3;

  private final OutputStream out;
  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final MessageDigest digest = Sha256.newDigest();
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream(FRAME_BYTES + (64 << 10));
  private final List<Frame> frames = new ArrayList<>();
  private EventId first;
  private EventId last;
  private int eventsInFrame;
  private long size;
  private long rawSize;
  private long events;

  /** Creates a file. */
  public SegmentWriter(Path file) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file, CREATE_NEW, WRITE), 64 << 10);
    zstd.setLevel(LEVEL).setChecksum(true).setContentSize(true);
  }

  /** Adds an event. Its id must be greater than that of the event before. */
  public void add(EventLine line) throws IOException {
    if (last != null && line.id().compareTo(last) <= 0) {
      throw new IllegalArgumentException(line.id() + " is not greater than " + last);
    }
    if (eventsInFrame == 0) {
      first = line.id();
    }
    last = line.id();
    lines.writeBytes(line.bytes());
    lines.write('\n');
    eventsInFrame++;
    if (lines.size() >= FRAME_BYTES) {
      endFrame();
    }
  }

  private void endFrame() throws IOException {
    byte[] raw = lines.toByteArray();
    byte[] compressed = zstd.compress(raw);
    out.write(compressed);
    digest.update(compressed);
    frames.add(
        new Frame(
            size, compressed.length, raw.length, eventsInFrame, first.toString(), last.toString()));
    size += compressed.length;
    rawSize += raw.length;
    events += eventsInFrame;
    eventsInFrame = 0;
    lines.reset();
  }

  /** Returns the bytes of uncompressed lines so far. */
  public long rawSize() {
    return rawSize + lines.size();
  }

  /** Returns whether no event was added. */
  public boolean isEmpty() {
    return last == null;
  }

  /**
   * Completes the file and describes it.
   *
   * @param name of the object that the file will become
   */
  public Segment finish(String name) throws IOException {
    if (isEmpty()) {
      throw new IllegalStateException("a segment has at least one event");
    }
    if (eventsInFrame > 0) {
      endFrame();
    }
    out.close();
    return new Segment(
        name,
        size,
        rawSize,
        events,
        frames.getFirst().first(),
        frames.getLast().last(),
        HexFormat.of().formatHex(digest.digest()),
        frames);
  }

  @Override
  public void close() throws IOException {
    zstd.close();
    out.close();
  }
}
