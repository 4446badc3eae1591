package io.flowcore.worker.archive.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.FrameReader;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import java.io.IOException;
import java.util.regex.Pattern;

/** The one writer and reader of manifests. */
public final class ManifestCodec {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** A UUID and a suffix; in any case nothing that leads out of the hour's folder. */
  private static final Pattern SEGMENT_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  private ManifestCodec() {}

  /** The text of a manifest, in UTF-8. */
  public static byte[] write(Manifest manifest) {
    try {
      return JSON.writeValueAsBytes(manifest);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest consists of values that JSON can hold", e);
    }
  }

  /**
   * Reads a manifest.
   *
   * @param key for messages
   * @throws ArchiveException {@code CORRUPT} if it is none, is of another version, or contradicts
   *     itself
   */
  public static Manifest read(String key, byte[] bytes) throws ArchiveException {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (!json.path("version").isInt()) {
        throw corrupt(key, "is none: it has no version");
      }
      int version = json.path("version").asInt();
      if (version != Manifest.VERSION) {
        throw corrupt(key, "is of version " + version + "; this worker reads " + Manifest.VERSION);
      }
      Manifest manifest = JSON.treeToValue(json, Manifest.class);
      if (!key.equals(manifest.key())) {
        throw corrupt(key, "is of another place: " + manifest.key());
      }
      long events = 0;
      for (Segment segment : manifest.segments()) {
        check(key, segment);
        events += segment.events();
      }
      if (events != manifest.events()) {
        throw corrupt(key, "counts " + manifest.events() + " events, and its segments " + events);
      }
      return manifest;
    } catch (JsonProcessingException e) {
      // Its own message speaks of the library's settings.
      throw new ArchiveException(
          Kind.CORRUPT, "the manifest " + key + " is no JSON that a worker writes");
    } catch (IOException | RuntimeException e) {
      throw new ArchiveException(Kind.CORRUPT, "the manifest " + key + " can't be read", e);
    }
  }

  private static void check(String key, Segment segment) throws ArchiveException {
    if (!SEGMENT_NAME.matcher(segment.name()).matches()) {
      throw corrupt(key, "names a segment as none is named");
    }
    long offset = 0;
    long events = 0;
    for (Frame frame : segment.frames()) {
      if (frame.offset() != offset || frame.length() <= 0 || frame.events() <= 0) {
        throw corrupt(key, "has gaps between the frames of " + segment.name());
      }
      boolean sizes =
          frame.length() <= FrameReader.MAX_RAW_BYTES
              && frame.rawLength() > 0
              && frame.rawLength() <= FrameReader.MAX_RAW_BYTES
              && frame.events() <= frame.rawLength() / EventLine.MIN_LENGTH;
      if (!sizes) {
        throw corrupt(key, "names a frame of " + segment.name() + " that no worker writes");
      }
      offset += frame.length();
      events += frame.events();
    }
    if (offset != segment.size() || events != segment.events()) {
      throw corrupt(key, "counts " + segment.name() + " and its frames differently");
    }
  }

  private static ArchiveException corrupt(String key, String what) {
    return new ArchiveException(Kind.CORRUPT, "the manifest " + key + " " + what);
  }
}
