package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.util.Optional;

/** Gives the events of single frames. */
public interface FrameSource {
  /**
   * Reads a frame.
   *
   * @param key of the segment
   * @param next the frame that this reader will want if it goes on
   * @param sequential whether it has read the frame before
   * @throws ArchiveException if the frame can't be read, or is not what the manifest says
   */
  FrameEvents read(String key, Frame frame, Optional<Frame> next, boolean sequential)
      throws ArchiveException;

  /** Always asks a store. */
  static FrameSource of(ArchiveStore store) {
    return (key, frame, next, sequential) ->
        FrameReader.read(frame, store.range(key, frame.offset(), frame.length()), key);
  }
}
