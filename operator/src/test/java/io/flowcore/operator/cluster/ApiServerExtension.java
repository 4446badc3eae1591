package io.flowcore.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings;
import io.flowcore.operator.reconcile.OperatorSettings.Election;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.ServerExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An API server for a suite, with clients. The suite declares {@link OptionalPart#API_SERVER}.
 * Created by {@link #installed} or {@link #empty}.
 */
public final class ApiServerExtension implements ServerExtension {
  private final boolean installed;
  private final List<String> namespaces;
  private Optional<Running> running = Optional.empty();

  private record Running(
      ApiServer server, KubernetesClient admin, KubernetesClient operatorClient, Path directory) {}

  private ApiServerExtension(boolean installed, String... namespaces) {
    this.installed = installed;
    this.namespaces = List.of(namespaces);
  }

  /** Returns a server with the CRDs, the shipped roles, the deletion policy and namespaces. */
  public static ApiServerExtension installed(String... namespaces) {
    return new ApiServerExtension(true, namespaces);
  }

  /** Returns a server with nothing but namespaces. */
  public static ApiServerExtension empty(String... namespaces) {
    return new ApiServerExtension(false, namespaces);
  }

  @Override
  public void start(Path directory) throws IOException {
    ApiServer server = ApiServer.start(directory);
    running = Optional.of(new Running(server, server.admin(), server.operator(), directory));
    if (installed) {
      ApiServer.install(admin(), Path.of(".."));
    }
    namespaces.forEach(this::createNamespace);
  }

  @Override
  public void stop() {
    running.ifPresent(parts -> {
      parts.operatorClient().close();
      parts.admin().close();
      parts.server().close();
    });
    running = Optional.empty();
  }

  private Running running() {
    return running.orElseThrow(() -> new IllegalStateException("the API server does not run"));
  }

  /** Creates a namespace. */
  public void createNamespace(String name) {
    ApiServer.namespace(admin(), name);
  }

  /** Returns a client with all permissions. */
  public KubernetesClient admin() {
    return running().admin();
  }

  /** Returns a client with the permissions of the shipped roles. */
  public KubernetesClient operatorClient() {
    return running().operatorClient();
  }

  /** Creates another client with the same permissions, which the caller closes. */
  public KubernetesClient createOperatorClient() {
    return running().server().operator();
  }

  /** Writes a kubeconfig file with all permissions. */
  public Path adminKubeconfig() throws IOException {
    return running().server().adminKubeconfig();
  }

  /** Writes a kubeconfig file with the permissions of the shipped roles. */
  public Path operatorKubeconfig() throws IOException {
    return running().server().operatorKubeconfig();
  }

  /** Kills the API server; its data are kept. */
  public void fail() {
    running().server().fail();
  }

  /** Restarts the API server. */
  public void recover() throws IOException {
    running().server().recover();
  }

  /** Returns the directory of the API server. Tests can add files. */
  public Path directory() {
    return running().directory();
  }

  /**
   * Creates an operator that uses {@link #operatorClient}. It is not started.
   *
   * @param namespaces to watch; all if empty
   */
  public FlowcoreOperator createOperator(
      Set<String> namespaces, Optional<Election> election, Clock clock) throws IOException {
    return createOperator(operatorClient(), namespaces, election, clock);
  }

  /**
   * Creates an operator that uses a client. It is not started.
   *
   * @param namespaces to watch; all if empty
   */
  public static FlowcoreOperator createOperator(
      KubernetesClient client, Set<String> namespaces, Optional<Election> election, Clock clock)
      throws IOException {
    return new FlowcoreOperator(
        client,
        new OperatorSettings(
            namespaces,
            "flowcore-system",
            "registry.example/flowcore/ingest-worker:test",
            0,
            election),
        clock);
  }
}
