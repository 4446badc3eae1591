package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;

/**
 * The failures of a pass: how many there were of each kind, and the first of each. The log has one
 * line per kind, however many hours fail. Safe for use by many threads.
 */
final class PassFailures {
  private final Map<String, Failures> byKind = new TreeMap<>();
  private Optional<Exception> first = Optional.empty();

  private record Failures(int count, Exception first) {
    Failures another() {
      return new Failures(count + 1, first);
    }
  }

  synchronized void add(Exception e) {
    if (first.isEmpty()) {
      first = Optional.of(e);
    }
    byKind.merge(kind(e), new Failures(1, e), (before, same) -> before.another());
  }

  /** Returns what failed, in one word, which is the same for failures with the same cause. */
  private static String kind(Exception e) {
    return switch (e) {
      case ArchiveException archive -> "archive " + archive.kind().name();
      case StoreException store -> "hot store " + store.kind().name();
      case IOException io -> "local disk";
      default -> "internal error " + e.getClass().getSimpleName();
    };
  }

  /**
   * Writes one line per kind.
   *
   * @param what was attempted, for example "archive an hour"
   * @param consequence what happens now
   */
  synchronized void log(Logger log, String what, String consequence) {
    byKind.forEach((kind, failures) -> {
      Exception e = failures.first();
      log.warn(
          "Could not {} ({}, {} times in this pass); {}. The first failure: {}{}",
          what,
          kind,
          failures.count(),
          consequence,
          e.getMessage(),
          cause(e));
      if (e instanceof RuntimeException) {
        log.error("Unexpected failure of the archiver", e);
      } else {
        log.debug("The first failure ({})", kind, e);
      }
    });
  }

  private static String cause(Exception e) {
    return e.getCause() == null ? "" : " (" + e.getCause() + ")";
  }

  /** Returns the first failure; empty if there was none. */
  synchronized Optional<Exception> first() {
    return first;
  }

  /** Throws a failure. */
  static void rethrow(Exception failure) throws ArchiveException, StoreException, IOException {
    switch (failure) {
      case ArchiveException e -> throw e;
      case StoreException e -> throw e;
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
