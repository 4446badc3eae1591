package io.flowcore.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the operator. Every option can also be given by the environment. */
@Command(
    name = "flowcore-operator",
    mixinStandardHelpOptions = true,
    description = "Reconciles DataCores, FlowTypes, EventTypes and WebhookKeys.")
public final class OperatorMain implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorMain.class);
  private static final Duration LEASE = Duration.ofSeconds(15);

  /** How long the process waits for what is under way, once it is told to stop. */
  private static final Duration STOP = Duration.ofSeconds(20);

  /**
   * Exit status; no hooks run, since each of them would be one more thing done without the lead.
   */
  private static final int LEAD_LOST = 3;

  @Option(
      names = "--namespaces",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:FLOWCORE_NAMESPACES}",
      description = "Namespaces to watch, separated by commas; all if left out.")
  private List<String> namespaces = List.of();

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "${env:FLOWCORE_NAMESPACE:-flowcore-system}",
      description = "The operator's own namespace (default: ${DEFAULT-VALUE}).")
  private String namespace;

  @Option(
      names = "--worker-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:FLOWCORE_WORKER_IMAGE:-flowcore/ingest-worker:latest}",
      description = "Image of workers whose DataCore names none (default: ${DEFAULT-VALUE}).")
  private String workerImage;

  @Option(
      names = "--management-port",
      paramLabel = "N",
      defaultValue = "8081",
      description = "Port of health and metrics (default: ${DEFAULT-VALUE}).")
  private int managementPort;

  @Option(
      names = "--no-leader-election",
      description = "Act at once; for a single operator outside of a cluster.")
  private boolean alone;

  /** Runs until it is told to stop. */
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
        alone
            ? Optional.empty()
            : Optional.of(
                new OperatorSettings.Election(
                    identity(), LEASE, () -> Runtime.getRuntime().halt(LEAD_LOST)));
    OperatorSettings settings =
        new OperatorSettings(watched, namespace, workerImage, managementPort, election);
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        FlowcoreOperator operator = new FlowcoreOperator(client, settings, Clock.systemUTC())) {
      // The virtual machine ends when this hook does.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(told, stopped), "shutdown"));
      operator.start();
      told.await();
    } finally {
      stopped.countDown();
    }
    return 0;
  }

  private static void stop(CountDownLatch told, CountDownLatch stopped) {
    told.countDown();
    try {
      if (!stopped.await(STOP.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("What was under way did not end within {} s", STOP.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The pod's name, or something nobody else has. */
  private static String identity() {
    String host = System.getenv("HOSTNAME");
    return (host == null ? "operator" : host) + "-" + UUID.randomUUID();
  }
}
