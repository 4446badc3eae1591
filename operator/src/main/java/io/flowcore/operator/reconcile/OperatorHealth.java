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

/** Whether the operator hears of changes, for whoever may restart it. */
final class OperatorHealth {
  /**
   * A watch ends now and then and is taken up again within seconds, and an API server may be away
   * for some minutes while it is upgraded. What lasts longer a restart may heal.
   */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Operator operator;
  private final SecretWatch secrets;
  private final Clock clock;
  private final Instant made;
  private final AtomicReference<Optional<Instant>> deafSince =
      new AtomicReference<>(Optional.empty());
  private volatile boolean started;

  OperatorHealth(Operator operator, SecretWatch secrets, Clock clock) {
    this.operator = operator;
    this.secrets = secrets;
    this.clock = clock;
    made = clock.instant();
  }

  void started() {
    started = true;
  }

  /** Reasons to be restarted. */
  List<String> dead() {
    List<String> problems = new ArrayList<>();
    Instant limit = clock.instant().minus(PATIENCE);
    if (!started && made.isBefore(limit)) {
      problems.add("the caches were not filled within " + PATIENCE.toMinutes() + " minutes");
    }
    if (started && !operator.getRuntimeInfo().allEventSourcesAreHealthy()) {
      problems.add(
          "watches have ended: " + operator.getRuntimeInfo().unhealthyEventSources().keySet());
    }
    List<String> deaf = deaf();
    if (deafSince.get().filter(since -> since.isBefore(limit)).isPresent()) {
      problems.add(
          "watches have been interrupted for " + PATIENCE.toMinutes() + " minutes: " + deaf);
    }
    return problems;
  }

  /** Reasons why changes are not heard of at present. */
  List<String> unready() {
    List<String> problems = new ArrayList<>(dead());
    if (!started) {
      problems.add("the caches are being filled");
    }
    List<String> deaf = deaf();
    if (!deaf.isEmpty()) {
      problems.add("watches are interrupted: " + deaf);
    }
    return problems;
  }

  private List<String> deaf() {
    TreeSet<String> deaf = new TreeSet<>();
    if (started) {
      if (!secrets.watching()) {
        deaf.add("secrets");
      }
      for (RegisteredController<?> controller : operator.getRegisteredControllers()) {
        controller
            .getControllerHealthInfo()
            .informerEventSourceHealthIndicators()
            .forEach((name, source) -> {
              if (!watches(source)) {
                deaf.add(name);
              }
            });
      }
    }
    deafSince.updateAndGet(
        since -> deaf.isEmpty() ? Optional.empty() : since.or(() -> Optional.of(clock.instant())));
    return List.copyOf(deaf);
  }

  private static boolean watches(InformerWrappingEventSourceHealthIndicator<?> source) {
    return source.informerHealthIndicators().values().stream()
        .allMatch(InformerHealthIndicator::isWatching);
  }
}
