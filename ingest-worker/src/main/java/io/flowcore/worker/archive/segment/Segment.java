package io.flowcore.worker.archive.segment;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * An immutable object with events of one hour, in the order of their ids: newline-delimited JSON in
 * zstd frames, each of which can be read alone.
 *
 * @param name of the object, below the hour's folder
 * @param size of the object in bytes
 * @param rawSize of the lines in bytes
 * @param sha256 of the object, in hexadecimal
 * @param frames one after the other, without gaps
 */
@JsonPropertyOrder({"name", "size", "rawSize", "events", "first", "last", "sha256", "frames"})
public record Segment(
    String name,
    long size,
    long rawSize,
    long events,
    String first,
    String last,
    String sha256,
    List<Frame> frames) {
  public Segment {
    frames = List.copyOf(frames);
  }

  /**
   * A part that can be read alone.
   *
   * @param offset in the object
   * @param length in the object, compressed
   * @param rawLength of its lines
   * @param first id of its first event
   * @param last id of its last event
   */
  @JsonPropertyOrder({"offset", "length", "rawLength", "events", "first", "last"})
  public record Frame(
      long offset, int length, int rawLength, int events, String first, String last) {}
}
