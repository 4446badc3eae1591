package io.flowcore.worker.archive.segment;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * The description of an immutable object with events of one hour in the order of their ids:
 * newline-delimited JSON in zstd frames that can be read independently.
 *
 * @param name of the object, below the prefix of the hour
 * @param size of the object in bytes
 * @param rawSize of the uncompressed lines in bytes
 * @param events the number of events
 * @param first the id of the first event
 * @param last the id of the last event
 * @param sha256 of the object, in hexadecimal
 * @param frames contiguous, in ascending order
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
   * A part of a segment that can be read independently.
   *
   * @param offset in the object, in bytes
   * @param length compressed, in bytes
   * @param rawLength uncompressed, in bytes
   * @param events the number of events
   * @param first the id of the first event
   * @param last the id of the last event
   */
  @JsonPropertyOrder({"offset", "length", "rawLength", "events", "first", "last"})
  public record Frame(
      long offset, int length, int rawLength, int events, String first, String last) {}
}
