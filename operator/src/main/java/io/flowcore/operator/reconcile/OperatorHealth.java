package io.flowcore.operator.reconcile;

import io.flowcore.operator.gather.SecretWatch;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

/** Determines whether the operator receives changes from the API server. */
final class OperatorHealth {
  /**
   * An interrupted watch reconnects within seconds, and an API server can be unavailable for some
   * minutes during an upgrade. After this time a restart of the operator may help.
   */
  private static final Duration MAX_INTERRUPTION = Duration.ofMinutes(5);

  private final Operator operator;
  private final SecretWatch secrets;
  private final Clock clock;
  private final Instant createdAt;
  private final AtomicReference<Optional<Instant>> interruptedSince =
      new AtomicReference<>(Optional.empty());
  private volatile boolean started;

  OperatorHealth(Operator operator, SecretWatch secrets, Clock clock) {
    this.operator = operator;
    this.secrets = secrets;
    this.clock = clock;
    createdAt = clock.instant();
  }

  /** Called when all caches are filled. */
  void markStarted() {
    started = true;
  }

  /** Returns why the operator must be restarted; empty if it is alive. */
  List<String> livenessProblems() {
    List<String> problems = new ArrayList<>();
    Instant limit = clock.instant().minus(MAX_INTERRUPTION);
    if (!started && createdAt.isBefore(limit)) {
      problems.add(
          "the caches were not filled within " + MAX_INTERRUPTION.toMinutes() + " minutes");
    }
    if (started && !operator.getRuntimeInfo().allEventSourcesAreHealthy()) {
      problems.add(
          "watches have ended: " + operator.getRuntimeInfo().unhealthyEventSources().keySet());
    }
    List<String> interrupted = interruptedWatches();
    if (interruptedSince.get().filter(since -> since.isBefore(limit)).isPresent()) {
      problems.add(
          "watches have been interrupted for "
              + MAX_INTERRUPTION.toMinutes()
              + " minutes: "
              + interrupted);
    }
    return problems;
  }

  /** Returns why changes are currently not received; empty if the operator is ready. */
  List<String> readinessProblems() {
    List<String> problems = new ArrayList<>(livenessProblems());
    if (!started) {
      problems.add("the caches are not filled yet");
    }
    List<String> interrupted = interruptedWatches();
    if (!interrupted.isEmpty()) {
      problems.add("watches are interrupted: " + interrupted);
    }
    return problems;
  }

  private List<String> interruptedWatches() {
    TreeSet<String> interrupted = new TreeSet<>();
    if (started) {
      if (!secrets.isWatching()) {
        interrupted.add("secrets");
      }
      for (RegisteredController<?> controller : operator.getRegisteredControllers()) {
        controller
            .getControllerHealthInfo()
            .informerEventSourceHealthIndicators()
            .forEach((name, source) -> {
              if (!isWatching(source)) {
                interrupted.add(name);
              }
            });
      }
    }
    interruptedSince.updateAndGet(since ->
        interrupted.isEmpty() ? Optional.empty() : since.or(() -> Optional.of(clock.instant())));
    return List.copyOf(interrupted);
  }

  private static boolean isWatching(InformerWrappingEventSourceHealthIndicator<?> source) {
    return source.informerHealthIndicators().values().stream()
        .allMatch(InformerHealthIndicator::isWatching);
  }
}
