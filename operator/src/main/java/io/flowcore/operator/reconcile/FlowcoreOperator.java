package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.apply.OwnedObjects;
import io.flowcore.operator.apply.PlanApplier;
import io.flowcore.operator.gather.DataCoreCaches;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.SecretWatch;
import io.flowcore.operator.gather.ServedKinds;
import io.flowcore.operator.observe.CrdVersionCheck;
import io.flowcore.operator.observe.EventRecorder;
import io.flowcore.operator.observe.ManagementServer;
import io.flowcore.operator.observe.OperatorMetrics;
import io.flowcore.operator.plan.PlanInput;
import io.flowcore.operator.worker.WorkerClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator: creates all components and connects them. */
public final class FlowcoreOperator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowcoreOperator.class);
  private static final Duration TERMINATION_TIMEOUT = Duration.ofSeconds(10);
  private static final int FIRST_RETRY_MILLIS = 1_000;
  private static final int LAST_RETRY_MILLIS = 60_000;
  private static final int THREADS = 8;

  private final KubernetesClient client;
  private final OperatorSettings settings;
  private final SecretWatch secrets;
  private final DataCoreCaches caches;
  private final CrdVersionCheck crdVersionCheck;
  private final OperatorMetrics metrics = new OperatorMetrics();
  private final WorkerClient workers = new WorkerClient();
  private final Operator operator;
  private final ManagementServer managementServer;
  private final DataCoreReconciler dataCores;
  private final FlowTypeReconciler flowTypes;
  private final EventTypeReconciler eventTypes;
  private final WebhookKeyReconciler webhookKeys;
  private final LeaderElection leaderElection;
  private final OperatorHealth health;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Creates all components and starts only the management server.
   *
   * @throws IOException if the management port is in use
   */
  public FlowcoreOperator(KubernetesClient client, OperatorSettings settings, Clock clock)
      throws IOException {
    this.client = client;
    this.settings = settings;
    secrets = new SecretWatch(client, settings.namespaces());
    caches = new DataCoreCaches(secrets);
    crdVersionCheck = new CrdVersionCheck(client, clock);
    leaderElection = new LeaderElection(client, settings.namespace(), settings.election());
    operator = new Operator(this::configureOperator);
    EventRecorder eventRecorder = new EventRecorder(client, clock);
    ReconcilerContext context =
        new ReconcilerContext(
            clock, caches, new MemberStateStore(this::memberChanged), eventRecorder);
    OwnedObjects objects = new OwnedObjects();
    dataCores =
        new DataCoreReconciler(
            context,
            objects,
            new PlanApplier(client, objects, secrets, eventRecorder::rollingOut, clock),
            workers,
            new PlanInput.Defaults(settings.workerImage(), settings.namespace()));
    eventTypes = new EventTypeReconciler(context);
    flowTypes = new FlowTypeReconciler(context, eventTypes::requestReconciliation);
    webhookKeys = new WebhookKeyReconciler(context, client);
    operator.register(dataCores, this::configureController);
    operator.register(flowTypes, this::configureController);
    operator.register(eventTypes, this::configureController);
    operator.register(webhookKeys, this::configureController);
    health = new OperatorHealth(operator, secrets, clock);
    metrics.registerLeader(leaderElection::isLeader);
    managementServer =
        new ManagementServer(
            settings.managementPort(),
            health::livenessProblems,
            health::readinessProblems,
            metrics::scrape);
  }

  private void configureOperator(ConfigurationServiceOverrider overrider) {
    overrider
        .withKubernetesClient(client)
        .withCloseClientOnStop(false)
        .withMetrics(metrics)
        .withConcurrentReconciliationThreads(THREADS)
        .withReconciliationTerminationTimeout(TERMINATION_TIMEOUT)
        // Resources missing from a cache that was not filled would look deleted. So the operator
        // must not start then; Kubernetes restarts it.
        .withStopOnInformerErrorDuringStartup(true)
        // The SDK's default handler ends the process from one of its threads. Here the liveness
        // check reports the ended watch, and Kubernetes stops the process in order.
        .withInformerStoppedHandler((informer, failure) -> {
          if (failure != null) {
            LOG.error(
                "A watch has ended; the liveness check fails until the operator is restarted",
                failure);
          }
        });
    leaderElection.configuration().ifPresent(overrider::withLeaderElectionConfiguration);
  }

  /** Failed reconciliations are retried without limit: their cause is outside the operator. */
  private void configureController(ControllerConfigurationOverrider<?> overrider) {
    overrider
        .withRetry(
            new GenericRetry()
                .setInitialInterval(FIRST_RETRY_MILLIS)
                .setIntervalMultiplier(2)
                .setMaxInterval(LAST_RETRY_MILLIS)
                .withoutMaxAttempts())
        .withReconciliationMaxInterval(Duration.ofMinutes(10));
    if (settings.namespaces().isEmpty()) {
      overrider.watchingAllNamespaces();
    } else {
      overrider.settingNamespaces(settings.namespaces());
    }
  }

  private void memberChanged(ResourceId member) {
    switch (member.kind()) {
      case FLOW_TYPE -> flowTypes.requestReconciliation(member);
      case EVENT_TYPE -> eventTypes.requestReconciliation(member);
      case WEBHOOK_KEY -> webhookKeys.requestReconciliation(member);
      default -> throw new IllegalArgumentException(member + " is not a member of a data core");
    }
  }

  /** Until the caches are filled there is nothing to do; then every resource is reconciled. */
  private void secretChanged(Secret secret) {
    caches.gatherer().ifPresent(gatherer -> requestReferencing(secret, gatherer));
  }

  private void requestReferencing(Secret secret, DataCoreGatherer gatherer) {
    gatherer.dataCoresReferencing(secret).forEach(dataCores::requestReconciliation);
    gatherer
        .webhookKeysReferencing(secret)
        .forEach(id ->
            webhookKeys.requestReconciliation(
                new ResourceId(
                    ResourceKind.WEBHOOK_KEY, id.getNamespace().orElseThrow(), id.getName())));
  }

  /**
   * Starts the operator; returns when the caches are filled. With leader election it reconciles
   * once it is the leader.
   *
   * @throws io.javaoperatorsdk.operator.OperatorException if a cache cannot be filled, or if the
   *     thread is interrupted
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if the API server rejects a
   *     request
   */
  public void start() {
    try {
      ServedKinds.await(client, settings.namespaces(), closed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperatorException("interrupted while waiting for the API server", e);
    }
    metrics.registerCrdProblems(crdVersionCheck::recentProblems);
    // Checks once at the start, so that the log contains problems even without a scraper.
    var _ = crdVersionCheck.recentProblems();
    secrets.start(this::secretChanged);
    operator.start();
    health.markStarted();
  }

  /** Returns the port of health checks and metrics. */
  public int managementPort() {
    return managementServer.port();
  }

  /** Ends reconciliations in progress, then releases the Lease of the leader election. */
  @Override
  public void close() {
    closed.countDown();
    leaderElection.prepareClose();
    operator.stop();
    leaderElection.releaseLease();
    secrets.close();
    workers.close();
    managementServer.close();
  }
}
