package io.flowcore.operator.observe;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What the operator measures of itself, for Prometheus. */
public final class OperatorMetrics implements Metrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Starts to measure. */
  public OperatorMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
  }

  /** Shows whether this operator is the one that acts. */
  public void leading(BooleanSupplier leads) {
    // Held strongly: the registry alone would let go of the lambda.
    Gauge.builder("flowcore.operator.leader", () -> leads.getAsBoolean() ? 1 : 0)
        .description("Whether this operator is the one that acts")
        .strongReference(true)
        .register(registry);
  }

  /** Shows how many CRDs are of another release, or could not be compared. */
  public void crdProblems(Supplier<List<String>> problems) {
    Gauge.builder("flowcore.operator.crd.problems", () -> problems.get().size())
        .description("CRDs of another release than the operator, or that could not be compared")
        .strongReference(true)
        .register(registry);
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    try {
      return execution.execute();
    } finally {
      sample.stop(
          Timer.builder("flowcore.operator.reconciliation")
              .tag("controller", execution.controllerName())
              .register(registry));
    }
  }

  @Override
  public void reconciliationFailed(
      HasMetadata resource, RetryInfo retry, Exception exception, Map<String, Object> metadata) {
    registry
        .counter("flowcore.operator.reconciliation.failures", "kind", resource.getKind())
        .increment();
  }

  /** All metrics in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }
}
