package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.util.Optional;

/** Reads the events of single frames. */
public interface FrameSource {
  /**
   * Reads a frame.
   *
   * @param key of the segment
   * @param next the frame that this reader needs next if it continues
   * @param sequential whether this reader has read the preceding frame
   * @throws ArchiveException if the frame cannot be read, or differs from the manifest
   */
  FrameEvents read(String key, Frame frame, Optional<Frame> next, boolean sequential)
      throws ArchiveException;

  /** Returns a source that reads every frame from a store. */
  static FrameSource uncached(ArchiveStore store) {
    return (key, frame, next, sequential) ->
        FrameReader.read(frame, store.range(key, frame.offset(), frame.length()), key);
  }
}
