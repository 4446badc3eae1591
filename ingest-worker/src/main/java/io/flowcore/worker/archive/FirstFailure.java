package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.Optional;

/** Keeps the first failure of a pass, and the next ones as suppressed by it. */
final class FirstFailure {
  /** Limits the stack traces in the log when an archive fails for many hours. */
  private static final int MAX_FAILURES = 10;

  private Optional<Exception> first = Optional.empty();
  private int suppressed;

  void add(Exception e) {
    if (first.isEmpty()) {
      first = Optional.of(e);
    } else if (++suppressed < MAX_FAILURES) {
      first.get().addSuppressed(e);
    }
  }

  /** Throws the first failure, if there is one. */
  void rethrow() throws ArchiveException, StoreException, IOException {
    if (first.isEmpty()) {
      return;
    }
    switch (first.get()) {
      case ArchiveException e -> throw e;
      case StoreException e -> throw e;
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException(first.get());
    }
  }
}
