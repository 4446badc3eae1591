package io.flowcore.worker;

import io.flowcore.testing.ServerExtension;
import io.flowcore.worker.limit.RequestMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A {@link TestWorker} for all tests of a suite or for each test. It starts when it is used first,
 * so a field that a test does not use costs nothing.
 */
public final class TestWorkerExtension extends WorkerClient implements ServerExtension {
  private final Duration requestTimeout;
  private final String[] moreManifests;
  private Optional<Path> directory = Optional.empty();
  private Optional<TestWorker> started = Optional.empty();

  /** Creates a worker with copies of the quickstart and of the given manifests. */
  public TestWorkerExtension(String... moreManifests) {
    this(TestWorker.REQUEST_TIMEOUT, moreManifests);
  }

  /** Creates a worker with copies of the quickstart and of the given manifests. */
  public TestWorkerExtension(Duration requestTimeout, String... moreManifests) {
    this.requestTimeout = requestTimeout;
    this.moreManifests = moreManifests.clone();
  }

  @Override
  public void start(Path empty) {
    directory = Optional.of(empty);
  }

  @Override
  public void stop() {
    started.ifPresent(TestWorker::close);
    started = Optional.empty();
    directory = Optional.empty();
  }

  /** Synchronized because tests send their first requests from several threads. */
  private synchronized TestWorker worker() {
    if (started.isEmpty()) {
      try {
        started = Optional.of(TestWorker.start(directory(), requestTimeout, moreManifests));
      } catch (Exception e) {
        throw new IllegalStateException("the worker cannot start", e);
      }
    }
    return started.get();
  }

  @Override
  public int port() {
    return worker().port();
  }

  @Override
  public int managementPort() {
    return worker().managementPort();
  }

  public void restart() throws Exception {
    worker().restart();
  }

  /** Restarts with limits on the memory of requests. */
  public void restart(RequestMemory.Limits memory) throws Exception {
    worker().restart(memory);
  }

  /** Returns the directory of the manifests. */
  public Path resources() {
    return worker().resources();
  }

  /** Returns the directory of uploads in progress. */
  public Path spool() {
    return worker().data().resolve("spool");
  }

  /** Returns the directory that contains everything of this worker. */
  public Path directory() {
    return directory.orElseThrow(() -> new IllegalStateException("no test is running"));
  }
}
