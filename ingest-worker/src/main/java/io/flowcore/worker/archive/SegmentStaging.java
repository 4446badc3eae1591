package io.flowcore.worker.archive;

import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Where segments are written and stored before they count, and where the others are removed. */
final class SegmentStaging {
  /** How long a segment that may not count is left alone, for whoever is still reading it. */
  private static final Duration LEFT_ALONE = Duration.ofMinutes(10);

  private final UncommittedSegments journal;
  private final Clock clock;

  SegmentStaging(UncommittedSegments journal, Clock clock) {
    this.journal = journal;
    this.clock = clock;
  }

  /** A segment that is stored, and does not count yet. */
  record Staged(Segment segment, UncommittedSegments.Note note) {}

  /** Gives a segment its events. */
  interface Filling {
    void fill(SegmentWriter writer) throws ArchiveException, StoreException, IOException;
  }

  /** Writes and stores a segment. Empty if it got no event. */
  Optional<Staged> stage(ArchiveDestination.Archived to, TimeBucket bucket, Filling filling)
      throws ArchiveException, StoreException, IOException {
    UncommittedSegments.Note note = journal.begin(to.type(), bucket, nowSecond());
    Path file = journal.file(note);
    try (SegmentWriter writer = new SegmentWriter(file)) {
      filling.fill(writer);
      if (writer.isEmpty()) {
        journal.settled(note);
        return Optional.empty();
      }
      Segment segment = writer.finish(note.name());
      to.cold().store().put(note.key(), file, HexFormat.of().parseHex(segment.sha256()));
      return Optional.of(new Staged(segment, note));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Says that a segment counts now. */
  void counts(Staged staged) throws IOException {
    journal.settled(staged.note());
  }

  /** Says that a segment is about to count no more. */
  void leaves(ArchiveDestination.Archived from, TimeBucket bucket, Segment segment)
      throws IOException {
    var _ = journal.note(segment.name(), from.type(), bucket, nowSecond());
  }

  /** Segments that may not count, and have been left alone long enough. */
  List<UncommittedSegments.Note> due() throws IOException {
    return journal.notes().stream()
        .filter(note -> nowSecond() - note.notedAtSecond() > LEFT_ALONE.toSeconds())
        .toList();
  }

  /** Removes a segment unless it counts. */
  void clean(EventArchive cold, UncommittedSegments.Note note)
      throws ArchiveException, IOException {
    if (cold.store().size(note.key()).isPresent()) {
      // A new generation, so that no commit which is still under way can bring the segment in.
      Manifest manifest =
          cold.commit(note.type(), note.bucket(), List.of(), List.of()).orElseThrow();
      boolean counts =
          manifest.segments().stream().anyMatch(segment -> segment.name().equals(note.name()));
      if (!counts) {
        cold.store().delete(note.key());
      }
    }
    journal.settled(note);
  }

  private long nowSecond() {
    return clock.instant().getEpochSecond();
  }
}
