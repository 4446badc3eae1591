package io.flowcore.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server for tests, with an empty directory that is deleted afterwards. Registered in a static
 * field, it serves all tests of the suite; registered in another field, each test has its own.
 */
public interface ServerExtension extends BeforeAllCallback, BeforeEachCallback {
  /** Starts the server. */
  void start(Path directory) throws Exception;

  /** Stops the server. Called after a failed start too. */
  void stop() throws Exception;

  @Override
  default void beforeAll(ExtensionContext context) throws Exception {
    startUntilEndOf(context);
  }

  @Override
  default void beforeEach(ExtensionContext context) throws Exception {
    // A store returns values of its parents too: here, that of a suite whose server is static.
    if (store(context).get(this) == null) {
      startUntilEndOf(context);
    }
  }

  private void startUntilEndOf(ExtensionContext context) throws Exception {
    Path directory = Files.createTempDirectory("flowcore-test");
    // JUnit closes what a store contains.
    store(context).put(this, (AutoCloseable) () -> stopAndDelete(directory));
    start(directory);
  }

  private void stopAndDelete(Path directory) throws Exception {
    stop();
    TestDirectories.delete(directory);
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(ExtensionContext.Namespace.create(ServerExtension.class));
  }
}
