package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.rocksdb.LogScanner.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the write-ahead logs of a store contain that are still needed: damage, and the records of
 * groups. Changes nothing.
 */
final class WalInspection {
  private static final Pattern LOG_NAME = Pattern.compile("(\\d+)\\.log");

  /** Damage beyond this is not listed. */
  private static final int MAX_FINDINGS = 100;

  private static final long UNKNOWN = -1;

  /**
   * Damage, or missing records.
   *
   * @param lost see {@link Damage#lost}
   */
  record Finding(Path log, long from, long to, boolean lost, String problem) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s, bytes %d to %d of %s", problem, from, to, log.getFileName());
    }
  }

  /** Groups that a later record proves to have been synced, and that are not there. */
  record MissingGroups(CommitRecord before, CommitRecord after) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d events in %d groups, committed after %s and before %s",
          events(),
          groups(),
          EventTime.format(EventTime.toInstant(before.lastInstant())),
          EventTime.format(EventTime.toInstant(after.lastInstant())));
    }

    /** Whether the write of the group before failed: the one that is missing has its number. */
    private boolean beforeFailed() {
      return after.number() == before.number() + 1;
    }

    long groups() {
      return beforeFailed() ? 1 : after.number() - before.number() - 1;
    }

    long events() {
      return after.eventsBefore() - (beforeFailed() ? before.eventsBefore() : before.totalEvents());
    }
  }

  private final List<Finding> findings = new ArrayList<>();
  private final List<MissingGroups> missing = new ArrayList<>();
  private Optional<CommitRecord> latest = Optional.empty();
  private Optional<CommitRecord> lastWhole = Optional.empty();
  private List<Path> logs = List.of();
  private long nextSequence = UNKNOWN;

  private WalInspection() {}

  /** Reads the logs of a store that is not open. */
  static WalInspection of(Path directory) throws IOException {
    WalInspection inspection = new WalInspection();
    long minLogNumber = ManifestFile.read(directory).map(ManifestFile::minLogNumber).orElse(0L);
    inspection.logs = logs(directory, minLogNumber);
    for (Path log : inspection.logs) {
      LogScanner.scan(log, inspection.new Reader(log));
    }
    return inspection;
  }

  private static List<Path> logs(Path directory, long minLogNumber) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> logNumber(file) >= minLogNumber)
          .sorted((a, b) -> Long.compare(logNumber(a), logNumber(b)))
          .toList();
    }
  }

  private static long logNumber(Path file) {
    Matcher name = LOG_NAME.matcher(file.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : UNKNOWN;
  }

  /** Returns the logs that are still needed, in order. */
  List<Path> logs() {
    return logs;
  }

  /** Returns the damage, in order. */
  List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** Returns the groups that are missing between others. */
  List<MissingGroups> missing() {
    return List.copyOf(missing);
  }

  /** Returns the group with the highest number, of which only the beginning may be there. */
  Optional<CommitRecord> latest() {
    return latest;
  }

  private void add(Finding finding) {
    Finding last = findings.isEmpty() ? null : findings.getLast();
    if (last != null && last.log().equals(finding.log()) && last.to() >= finding.from()) {
      findings.removeLast();
      findings.add(
          new Finding(
              last.log(),
              last.from(),
              Math.max(last.to(), finding.to()),
              last.lost() || finding.lost(),
              last.problem()));
    } else if (findings.size() < MAX_FINDINGS) {
      findings.add(finding);
    }
  }

  private final class Reader implements LogScanner.Visitor {
    private final Path log;

    Reader(Path log) {
      this.log = log;
    }

    @Override
    public void damage(Damage damage) {
      String problem = damage.lost() ? "records are incomplete" : "records are damaged";
      add(new Finding(log, damage.from(), damage.to(), damage.lost(), problem));
      nextSequence = UNKNOWN;
    }

    @Override
    public void record(long offset, ByteBuffer data, boolean whole) {
      Optional<LoggedBatch> parsed = LoggedBatch.parse(data);
      if (parsed.isEmpty()) {
        return;
      }
      LoggedBatch batch = parsed.get();
      if (nextSequence != UNKNOWN && batch.sequence() != nextSequence) {
        add(new Finding(log, offset, offset, true, "records are missing"));
      }
      nextSequence = whole ? batch.sequence() + batch.count() : UNKNOWN;
      if (!batch.understood()) {
        // It may contain any group, so nothing is known to be missing before the next one.
        lastWhole = Optional.empty();
      }
      batch.commit().ifPresent(commit -> commit(commit, whole));
    }

    private void commit(CommitRecord commit, boolean whole) {
      if (lastWhole.isPresent() && !lastWhole.get().mayPrecede(commit)) {
        if (!missing.isEmpty() && missing.getLast().before().equals(lastWhole.get())) {
          missing.removeLast();
        }
        missing.add(new MissingGroups(lastWhole.get(), commit));
      }
      latest = Optional.of(commit);
      lastWhole = whole ? latest : lastWhole;
    }
  }
}
