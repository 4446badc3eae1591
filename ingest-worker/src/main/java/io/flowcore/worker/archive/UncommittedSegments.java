package io.flowcore.worker.archive;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes, on the local disk, of segments that may not count: those that are being written, and those
 * that were merged into others. Whatever a crash leaves behind in an archive stands here.
 */
public final class UncommittedSegments {
  private static final Logger LOG = LoggerFactory.getLogger(UncommittedSegments.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOTE = ".note";
  private static final String SEGMENT = ".ndjson.zst";

  private final Path folder;

  /** Keeps notes, and segments being written, in a folder. */
  public UncommittedSegments(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
  }

  /**
   * A segment that may not count.
   *
   * @param name of the object in the folder of its hour
   * @param timeBucket its hour, as queries name it
   * @param notedAtSecond when, in seconds since 1970
   */
  public record Note(String name, ArchiveKeyLayout type, String timeBucket, long notedAtSecond) {
    TimeBucket bucket() {
      return TimeBucket.parse(timeBucket).orElseThrow();
    }

    String key() {
      return type.folder(bucket()) + "/" + name;
    }
  }

  /** Notes a segment that is about to be written, under a new name. */
  Note begin(ArchiveKeyLayout type, TimeBucket bucket, long nowSecond) throws IOException {
    return note(UUID.randomUUID() + SEGMENT, type, bucket, nowSecond);
  }

  /** Notes a segment. */
  Note note(String name, ArchiveKeyLayout type, TimeBucket bucket, long nowSecond)
      throws IOException {
    Note note = new Note(name, type, bucket.toString(), nowSecond);
    Files.write(file(note, NOTE), JSON.writeValueAsBytes(note));
    return note;
  }

  /** Where a segment is written, before it is stored. */
  Path file(Note note) {
    return file(note, "");
  }

  private Path file(Note note, String suffix) {
    return folder.resolve(note.name() + suffix);
  }

  /** Forgets a segment: it counts, or it is gone. */
  void settled(Note note) throws IOException {
    Files.deleteIfExists(file(note));
    Files.deleteIfExists(file(note, NOTE));
  }

  /** What is noted. */
  List<Note> notes() throws IOException {
    List<Note> notes = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + NOTE)) {
      for (Path file : files) {
        try {
          notes.add(JSON.readValue(file.toFile(), Note.class));
        } catch (IOException e) {
          // Torn by a crash, before there was a segment.
          LOG.debug("A note can't be read", e);
          Files.deleteIfExists(file);
        }
      }
    }
    return notes;
  }
}
