package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Decides which archives are not used for the rest of a pass. One failure concerns one hour; only
 * failures of several hours in a row show that a whole archive cannot be used. Safe for use by many
 * threads.
 */
final class ArchiveAvailability {
  /** Connection errors, timeouts and errors of the server, each for another hour. */
  static final int MAX_UNAVAILABLE = 3;

  /**
   * Failures of any kind, each for another hour. Larger, because a few damaged or forbidden hours
   * must not stop the others, and limited, because wrong credentials make all hours fail.
   */
  static final int MAX_FAILURES = 32;

  private final Map<EventArchive, InARow> byArchive = new HashMap<>();

  private static final class InARow {
    private int unavailable;
    private int failures;
    private boolean stopped;
  }

  /** Returns whether an archive can be used. */
  synchronized boolean isUsable(EventArchive archive) {
    InARow row = byArchive.get(archive);
    return row == null || !row.stopped;
  }

  /** Records that something was stored. */
  synchronized void succeeded(EventArchive archive) {
    byArchive.remove(archive);
  }

  /** Records a failure of an hour. */
  synchronized void failed(EventArchive archive, Exception e) {
    InARow row = byArchive.computeIfAbsent(archive, first -> new InARow());
    row.failures++;
    row.unavailable = isUnavailable(e) ? row.unavailable + 1 : 0;
    row.stopped |= row.unavailable >= MAX_UNAVAILABLE || row.failures >= MAX_FAILURES;
  }

  /** Returns whether the whole archive, or the disk for new segments, may be unavailable. */
  static boolean isUnavailable(Exception e) {
    return e instanceof IOException
        || (e instanceof ArchiveException archive && archive.kind() == Kind.UNAVAILABLE);
  }

  /** Returns the number of archives that are not used for the rest of the pass. */
  synchronized int stopped() {
    return (int) byArchive.values().stream().filter(row -> row.stopped).count();
  }
}
