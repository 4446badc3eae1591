package io.flowcore.worker.archive;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.disk.PrivateDirectories;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal, on the local disk, of segments that may be in no manifest: those that are being
 * written, and those that compaction makes obsolete. It lists every orphan that a crash may leave
 * in an archive. Safe for use by many threads.
 */
public final class UncommittedSegments {
  private static final Logger LOG = LoggerFactory.getLogger(UncommittedSegments.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ENTRY_SUFFIX = ".uncommitted";
  private static final String DRAFT_SUFFIX = ".draft";
  private static final Duration DRAFT_AGE = Duration.ofHours(1);
  private static final String SEGMENT_SUFFIX = ".ndjson.zst";

  private final Path directory;
  private final Clock clock;

  /**
   * Opens the journal in a directory, which is created if it does not exist. Segments that are
   * being written are stored there too.
   */
  public UncommittedSegments(Path directory, Clock clock) throws IOException {
    this.directory = PrivateDirectories.create(directory);
    this.clock = clock;
    deleteDrafts();
  }

  /** Deletes entries that a crash left incomplete. Those of another thread are younger. */
  private void deleteDrafts() throws IOException {
    Instant limit = Instant.now().minus(DRAFT_AGE);
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, "*" + DRAFT_SUFFIX)) {
      for (Path draft : drafts) {
        if (Files.getLastModifiedTime(draft).toInstant().isBefore(limit)) {
          Files.deleteIfExists(draft);
        }
      }
    }
  }

  /**
   * A segment that may be in no manifest.
   *
   * @param name of the object, below the prefix of its hour
   * @param timeBucket its hour, as in queries
   * @param recordedAtSecond in seconds since 1970
   */
  public record Entry(
      String name, ArchiveKeyLayout type, String timeBucket, long recordedAtSecond) {
    TimeBucket bucket() {
      return TimeBucket.parse(timeBucket).orElseThrow();
    }

    String key() {
      return type.segmentKey(bucket(), name);
    }
  }

  /** Records a new segment before it is written. */
  Entry markWriting(ArchiveKeyLayout type, TimeBucket bucket) throws IOException {
    return add(UUID.randomUUID() + SEGMENT_SUFFIX, type, bucket);
  }

  /** Records a segment before it is removed from its manifest. */
  void markObsolete(ArchiveKeyLayout type, TimeBucket bucket, String name) throws IOException {
    add(name, type, bucket);
  }

  private Entry add(String name, ArchiveKeyLayout type, TimeBucket bucket) throws IOException {
    Entry entry = new Entry(name, type, bucket.toString(), clock.instant().getEpochSecond());
    // A name of its own, because two threads may make the same segment obsolete.
    Path draft = directory.resolve(UUID.randomUUID() + DRAFT_SUFFIX);
    Files.write(draft, JSON.writeValueAsBytes(entry));
    // Another thread never sees a part of an entry.
    Files.move(draft, entryFile(entry), ATOMIC_MOVE, REPLACE_EXISTING);
    return entry;
  }

  /** Returns the local file of a segment, before it is stored. */
  Path segmentFile(Entry entry) {
    return directory.resolve(entry.name());
  }

  private Path entryFile(Entry entry) {
    return directory.resolve(entry.name() + ENTRY_SUFFIX);
  }

  /** Removes a segment from the journal, because a manifest lists it. */
  void markCommitted(Entry entry) throws IOException {
    remove(entry);
  }

  /** Removes a segment from the journal, because its object does not exist. */
  void markDeleted(Entry entry) throws IOException {
    remove(entry);
  }

  private void remove(Entry entry) throws IOException {
    Files.deleteIfExists(segmentFile(entry));
    Files.deleteIfExists(entryFile(entry));
  }

  /**
   * Returns segments that were recorded longer ago than an age.
   *
   * @param due decides by the name of a segment whether it is returned
   * @param limit the maximum number of segments that are read
   */
  List<Entry> olderThan(Duration age, Predicate<String> due, int limit) throws IOException {
    long now = clock.instant().getEpochSecond();
    List<Entry> old = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + ENTRY_SUFFIX)) {
      for (Path file : files) {
        if (old.size() == limit) {
          break;
        }
        String name = file.getFileName().toString();
        if (due.test(name.substring(0, name.length() - ENTRY_SUFFIX.length()))) {
          read(file)
              .filter(entry -> now - entry.recordedAtSecond() > age.toSeconds())
              .ifPresent(old::add);
        }
      }
    }
    return old;
  }

  private Optional<Entry> read(Path file) throws IOException {
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), Entry.class));
    } catch (NoSuchFileException e) {
      // Committed or deleted by another thread meanwhile.
      return Optional.empty();
    } catch (JsonProcessingException e) {
      // Truncated by a power failure, before the segment was stored.
      LOG.debug("Deleting an incomplete entry for an uncommitted segment: {}", file, e);
      Files.deleteIfExists(file);
      return Optional.empty();
    }
  }
}
