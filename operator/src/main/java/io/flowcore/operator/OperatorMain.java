package io.flowcore.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings;
import io.flowcore.process.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the operator from the command line. */
@Command(
    name = "flowcore-operator",
    mixinStandardHelpOptions = true,
    description = "Reconciles DataCores, FlowTypes, EventTypes and WebhookKeys.")
public final class OperatorMain implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorMain.class);
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);

  /** How long a shutdown waits for reconciliations in progress. */
  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

  /** Exit status. No shutdown hooks run, because an operator must not act without leadership. */
  private static final int LEADERSHIP_LOST = 3;

  private static final int SHUTDOWN_INCOMPLETE = 1;

  @Option(
      names = "--namespaces",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:FLOWCORE_NAMESPACES}",
      description = "Namespaces to watch, separated by commas (default: all namespaces).")
  private List<String> namespaces = List.of();

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "${env:FLOWCORE_NAMESPACE:-flowcore-system}",
      description =
          "The operator's own namespace, where the Lease of the leader election is stored (default:"
              + " ${DEFAULT-VALUE}).")
  private String namespace;

  @Option(
      names = "--worker-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:FLOWCORE_WORKER_IMAGE:-flowcore/ingest-worker:latest}",
      description =
          "Image of workers whose DataCore does not set spec.worker.image (default:"
              + " ${DEFAULT-VALUE}).")
  private String workerImage;

  @Option(
      names = "--management-port",
      paramLabel = "N",
      defaultValue = "8081",
      description = "Port of health checks and metrics (default: ${DEFAULT-VALUE}).")
  private int managementPort;

  @Option(
      names = "--no-leader-election",
      description = "Start without leader election; for a single operator outside a cluster.")
  private boolean noLeaderElection;

  /** Runs the operator until the process is stopped. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new OperatorMain()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Set<String> watched =
        namespaces == null
            ? Set.of()
            : Set.copyOf(namespaces.stream().filter(name -> !name.isBlank()).distinct().toList());
    Optional<OperatorSettings.Election> election =
        noLeaderElection
            ? Optional.empty()
            : Optional.of(
                new OperatorSettings.Election(
                    identity(), LEASE_DURATION, () -> Runtime.getRuntime().halt(LEADERSHIP_LOST)));
    OperatorSettings settings =
        new OperatorSettings(watched, namespace, workerImage, managementPort, election);
    StopSignal stop = StopSignal.install(SHUTDOWN_TIMEOUT, LOG::warn);
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        FlowcoreOperator operator = new FlowcoreOperator(client, settings, Clock.systemUTC())) {
      run(operator, stop);
    } finally {
      stop.endStart();
    }
    LOG.info("Stopped: reconciliations have ended and the Lease is released");
    return 0;
  }

  /** Runs the operator until the process is asked to stop. */
  private static void run(FlowcoreOperator operator, StopSignal stop) {
    try {
      operator.start();
    } catch (RuntimeException e) {
      // The signal interrupts the start, which fails in a way that depends on its progress.
      if (!stop.isRequested()) {
        throw e;
      }
    }
    stop.await();
    LOG.info("Stopping: ending reconciliations in progress");
    Thread.ofPlatform().name("shutdown-limit").daemon().start(OperatorMain::endLateShutdown);
  }

  private static void endLateShutdown() {
    try {
      Thread.sleep(SHUTDOWN_TIMEOUT);
      LOG.warn(
          "Reconciliations in progress did not end within {} s; stopping anyway",
          SHUTDOWN_TIMEOUT.toSeconds());
      Runtime.getRuntime().halt(SHUTDOWN_INCOMPLETE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns a unique name that starts with the pod's name. */
  private static String identity() {
    String host = System.getenv("HOSTNAME");
    return (host == null ? "operator" : host) + "-" + UUID.randomUUID();
  }
}
