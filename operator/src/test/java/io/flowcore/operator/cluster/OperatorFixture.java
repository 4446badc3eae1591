package io.flowcore.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.testing.TestClock;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** Runs an operator for each test, in a namespace of the test's own. */
abstract class OperatorFixture implements OperatorSteps {
  private FlowcoreOperator operator;
  private KubernetesClient operatorClient;
  private StubWorkers workers;
  private String namespace;
  private final TestClock clock = TestClock.running();

  /** Creates a client with the operator's permissions; the fixture closes it. */
  abstract KubernetesClient createOperatorClient();

  @BeforeEach
  void startOperator(TestInfo test) throws IOException {
    namespace = "n" + Integer.toHexString(test.getDisplayName().hashCode());
    ApiServer.namespace(admin(), namespace);
    workers = new StubWorkers(admin());
    start();
  }

  final void start() throws IOException {
    operatorClient = createOperatorClient();
    operator =
        ApiServerExtension.createOperator(
            operatorClient, Set.of(namespace), Optional.empty(), clock);
    operator.start();
  }

  @AfterEach
  void stopOperator() {
    stop();
    workers.close();
  }

  final void stop() {
    operator.close();
    operatorClient.close();
  }

  @Override
  public final String namespace() {
    return namespace;
  }

  @Override
  public final TestClock clock() {
    return clock;
  }

  @Override
  public final StubWorkers workers() {
    return workers;
  }

  /** Returns the port of the operator's health checks and metrics. */
  final int managementPort() {
    return operator.managementPort();
  }
}
