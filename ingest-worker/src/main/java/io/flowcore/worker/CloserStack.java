package io.flowcore.worker;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes components in the reverse order of their start, so that no component is closed while
 * another one still uses it. A component that fails to close does not keep the others open. Used by
 * one thread at a time.
 */
final class CloserStack implements AutoCloseable {
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Adds a component that was started after all others. Returns the component. */
  <T extends AutoCloseable> T push(T part) {
    parts.push(part);
    return part;
  }

  /**
   * Closes all components after a failed start.
   *
   * @param failure the reason for closing; components that fail to close add their exceptions to it
   *     as suppressed
   */
  void closeAfter(Throwable failure) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception | Error e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        failure.addSuppressed(e);
      }
    }
  }

  /**
   * Closes all components. Closing again has no effect.
   *
   * @throws IllegalStateException if components fail to close, with their exceptions as suppressed
   */
  @Override
  public void close() {
    IllegalStateException failure =
        new IllegalStateException(
            "some components could not be closed; see the suppressed exceptions");
    closeAfter(failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
