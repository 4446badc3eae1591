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

/** Metrics of the operator, in the text format of Prometheus. */
public final class OperatorMetrics implements Metrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Registers the metrics of the JVM's memory. */
  public OperatorMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
  }

  /** Registers the gauge that shows whether this operator is the leader. */
  public void registerLeader(BooleanSupplier isLeader) {
    // A strong reference: the registry alone would let the lambda be garbage-collected.
    Gauge.builder("flowcore.operator.leader", () -> isLeader.getAsBoolean() ? 1 : 0)
        .description("1 if this operator is the leader, otherwise 0")
        .strongReference(true)
        .register(registry);
  }

  /** Registers the gauge with the number of CRDs that do not match the operator's release. */
  public void registerCrdProblems(Supplier<List<String>> problems) {
    Gauge.builder("flowcore.operator.crd.problems", () -> problems.get().size())
        .description(
            "CRDs that are missing, from another release than the operator, or not readable")
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

  /** Returns all metrics in the text format of Prometheus. */
  public String scrape() {
    return registry.scrape();
  }
}
