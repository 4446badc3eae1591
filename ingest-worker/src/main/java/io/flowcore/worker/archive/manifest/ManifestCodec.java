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

/** Encodes and decodes manifests. */
public final class ManifestCodec {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Matches a UUID with a suffix, and no path that leads out of the prefix of the hour. */
  private static final Pattern SEGMENT_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  private ManifestCodec() {}

  /** Returns a manifest as JSON in UTF-8. */
  public static byte[] write(Manifest manifest) {
    try {
      return JSON.writeValueAsBytes(manifest);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every value of a manifest can be encoded as JSON", e);
    }
  }

  /**
   * Reads a manifest.
   *
   * @param key for messages
   * @throws ArchiveException {@code CORRUPT} if it is not a manifest, has another version, or is
   *     inconsistent
   */
  public static Manifest read(String key, byte[] bytes) throws ArchiveException {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (!json.path("version").isInt()) {
        throw corrupt(key, "has no version");
      }
      int version = json.path("version").asInt();
      if (version != Manifest.VERSION) {
        throw corrupt(
            key, "has version " + version + "; this worker reads version " + Manifest.VERSION);
      }
      Manifest manifest = JSON.treeToValue(json, Manifest.class);
      if (!key.equals(manifest.key())) {
        throw corrupt(key, "describes another hour: " + manifest.key());
      }
      long events = 0;
      for (Segment segment : manifest.segments()) {
        check(key, segment);
        events += segment.events();
      }
      if (events != manifest.events()) {
        throw corrupt(
            key, "records " + manifest.events() + " events, but its segments have " + events);
      }
      return manifest;
    } catch (JsonProcessingException e) {
      // The message of the library refers to its settings.
      throw new ArchiveException(
          Kind.CORRUPT, "the manifest " + key + " is not valid JSON of a manifest");
    } catch (IOException | RuntimeException e) {
      throw new ArchiveException(Kind.CORRUPT, "the manifest " + key + " cannot be read", e);
    }
  }

  private static void check(String key, Segment segment) throws ArchiveException {
    if (!SEGMENT_NAME.matcher(segment.name()).matches()) {
      throw corrupt(key, "has an invalid segment name");
    }
    long offset = 0;
    long events = 0;
    for (Frame frame : segment.frames()) {
      if (frame.offset() != offset || frame.length() <= 0 || frame.events() <= 0) {
        throw corrupt(key, "has gaps or empty frames in segment " + segment.name());
      }
      boolean validSizes =
          frame.length() <= FrameReader.MAX_RAW_BYTES
              && frame.rawLength() > 0
              && frame.rawLength() <= FrameReader.MAX_RAW_BYTES
              && frame.events() <= frame.rawLength() / EventLine.MIN_LENGTH;
      if (!validSizes) {
        throw corrupt(key, "has a frame of an invalid size in segment " + segment.name());
      }
      offset += frame.length();
      events += frame.events();
    }
    if (offset != segment.size() || events != segment.events()) {
      throw corrupt(
          key,
          "has totals for segment " + segment.name() + " that differ from those of its frames");
    }
  }

  private static ArchiveException corrupt(String key, String what) {
    return new ArchiveException(Kind.CORRUPT, "the manifest " + key + " " + what);
  }
}
