package io.flowcore.worker.archive.segment;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.event.EventId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Takes frames apart, and believes nothing that it can check. Sizes were checked with the manifest.
 */
public final class FrameReader {
  /** What no frame exceeds, so that a manifest that was tampered with costs no more memory. */
  public static final int MAX_RAW_BYTES = 64 << 20;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;
  private static final long LINE_ENDS = '\n' * LOWEST_BITS;

  private FrameReader() {}

  /**
   * Reads the events of a frame.
   *
   * @param compressed its bytes
   * @param object for messages
   * @throws ArchiveException {@code CORRUPT} if they are not what the manifest says
   */
  public static FrameEvents read(Frame frame, byte[] compressed, String object)
      throws ArchiveException {
    byte[] lines = decompress(frame, compressed, object);
    int[] ends = new int[frame.events()];
    EventId[] ids = new EventId[frame.events()];
    boolean asAnswered = true;
    int count = 0;
    int start = 0;
    for (int end = lineEnd(lines, 0); end >= 0; end = lineEnd(lines, start)) {
      Optional<EventId> id = EventLine.id(lines, start, end);
      if (id.isEmpty()) {
        throw corrupt(frame, object, "a line is no event");
      }
      if (count < ends.length) {
        ids[count] = id.get();
        ends[count] = end;
      }
      asAnswered &= EventLine.asAnswered(lines, start, end);
      lines[end] = ',';
      count++;
      start = end + 1;
    }
    if (start != lines.length || count != frame.events()) {
      throw corrupt(frame, object, "it holds " + count + " lines instead of " + frame.events());
    }
    checkOrder(frame, ids, object);
    return new FrameEvents(lines, ends, ids, asAnswered);
  }

  /**
   * Looks at eight bytes at once: where one of them is a line end, it is zero after the first step,
   * and the second leaves its highest bit (Warren, Hacker's Delight, 6-1).
   */
  private static int lineEnd(byte[] bytes, int from) {
    int i = from;
    for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
      long zeroed = (long) LONGS.get(bytes, i) ^ LINE_ENDS;
      long found = (zeroed - LOWEST_BITS) & ~zeroed & HIGHEST_BITS;
      if (found != 0) {
        return i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
    }
    for (; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static byte[] decompress(Frame frame, byte[] compressed, String object)
      throws ArchiveException {
    try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
      byte[] raw = zstd.decompress(compressed, frame.rawLength());
      if (raw.length != frame.rawLength()) {
        throw corrupt(frame, object, "it holds " + raw.length + " bytes");
      }
      return raw;
    } catch (ZstdException e) {
      throw new ArchiveException(
          Kind.CORRUPT, place(frame, object) + "it can't be decompressed", e);
    }
  }

  private static void checkOrder(Frame frame, EventId[] ids, String object)
      throws ArchiveException {
    for (int i = 1; i < ids.length; i++) {
      if (ids[i].compareTo(ids[i - 1]) <= 0) {
        throw corrupt(frame, object, "its events are out of order");
      }
    }
    boolean ends =
        ids.length > 0
            && ids[0].toString().equals(frame.first())
            && ids[ids.length - 1].toString().equals(frame.last());
    if (!ends) {
      throw corrupt(frame, object, "it holds other events than the manifest says");
    }
  }

  private static ArchiveException corrupt(Frame frame, String object, String what) {
    return new ArchiveException(Kind.CORRUPT, place(frame, object) + what);
  }

  /** With the ids of its first and last event: cursors with which a query goes on around it. */
  private static String place(Frame frame, String object) {
    return "the frame at %d of %s, with the events from %s to %s: "
        .formatted(frame.offset(), object, frame.first(), frame.last());
  }
}
