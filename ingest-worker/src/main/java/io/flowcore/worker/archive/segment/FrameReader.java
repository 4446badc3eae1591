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
import java.util.Locale;
import java.util.Optional;

/**
 * Decodes frames and verifies everything that it can. The sizes were verified with the manifest.
 */
public final class FrameReader {
  /** The maximum size of a frame, so that a manipulated manifest cannot exhaust memory. */
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
   * @param compressed the bytes of the frame
   * @param key the key of the segment, for messages
   * @throws ArchiveException {@code CORRUPT} if the events are not those that the manifest lists
   */
  public static FrameEvents read(Frame frame, byte[] compressed, String key)
      throws ArchiveException {
    byte[] lines = decompress(frame, compressed, key);
    int[] ends = new int[frame.events()];
    EventId[] ids = new EventId[frame.events()];
    boolean verbatim = true;
    int count = 0;
    int start = 0;
    for (int end = lineEnd(lines, 0); end >= 0; end = lineEnd(lines, start)) {
      Optional<EventId> id = EventLine.id(lines, start, end);
      if (id.isEmpty()) {
        throw corrupt(frame, key, "a line does not begin with an event id");
      }
      if (count < ends.length) {
        ids[count] = id.get();
        ends[count] = end;
      }
      verbatim &= EventLine.isVerbatim(lines, start, end);
      lines[end] = ',';
      count++;
      start = end + 1;
    }
    if (start != lines.length || count != frame.events()) {
      throw corrupt(frame, key, "it has " + count + " lines instead of " + frame.events());
    }
    checkOrder(frame, ids, key);
    return new FrameEvents(lines, ends, ids, verbatim);
  }

  /**
   * Finds the next line feed, eight bytes at a time: the first step makes a line feed zero, the
   * second sets its highest bit (Warren, Hacker's Delight, 6-1).
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

  private static byte[] decompress(Frame frame, byte[] compressed, String key)
      throws ArchiveException {
    try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
      byte[] raw = zstd.decompress(compressed, frame.rawLength());
      if (raw.length != frame.rawLength()) {
        throw corrupt(
            frame, key, "it has " + raw.length + " bytes instead of " + frame.rawLength());
      }
      return raw;
    } catch (ZstdException e) {
      throw new ArchiveException(
          Kind.CORRUPT, describe(frame, key) + "it cannot be decompressed", e);
    }
  }

  private static void checkOrder(Frame frame, EventId[] ids, String key) throws ArchiveException {
    for (int i = 1; i < ids.length; i++) {
      if (ids[i].compareTo(ids[i - 1]) <= 0) {
        throw corrupt(frame, key, "its events are not in order");
      }
    }
    boolean boundsMatch =
        ids.length > 0
            && ids[0].toString().equals(frame.first())
            && ids[ids.length - 1].toString().equals(frame.last());
    if (!boundsMatch) {
      throw corrupt(frame, key, "its first and last event are not those in the manifest");
    }
  }

  private static ArchiveException corrupt(Frame frame, String key, String what) {
    return new ArchiveException(Kind.CORRUPT, describe(frame, key) + what);
  }

  /** Names the first and last event: a query can continue around the frame from these cursors. */
  private static String describe(Frame frame, String key) {
    return String.format(
        Locale.ROOT,
        "the frame at offset %d of %s, events %s to %s, is damaged: ",
        frame.offset(),
        key,
        frame.first(),
        frame.last());
  }
}
