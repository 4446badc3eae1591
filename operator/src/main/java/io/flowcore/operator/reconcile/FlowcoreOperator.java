package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.apply.OwnedObjects;
import io.flowcore.operator.apply.PlanApplier;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.gather.SecretWatch;
import io.flowcore.operator.gather.ServedKinds;
import io.flowcore.operator.observe.CrdReleases;
import io.flowcore.operator.observe.EventRecorder;
import io.flowcore.operator.observe.ManagementServer;
import io.flowcore.operator.observe.OperatorMetrics;
import io.flowcore.operator.plan.PlanInput;
import io.flowcore.operator.worker.WorkerCatalogs;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSourceStartPriority;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator, wired together. */
public final class FlowcoreOperator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowcoreOperator.class);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final int FIRST_RETRY_MILLIS = 1_000;
  private static final int LAST_RETRY_MILLIS = 60_000;
  private static final int THREADS = 8;

  private final KubernetesClient client;
  private final OperatorSettings settings;
  private final Clock clock;
  private final SecretWatch secrets;

  /** The caches from their making on. */
  private final AtomicReference<DataCoreGatherer> filling = new AtomicReference<>();

  /** The same, as soon as they are filled. Before, a reference would seem to lead nowhere. */
  private final AtomicReference<DataCoreGatherer> families = new AtomicReference<>();

  private final OperatorMetrics metrics = new OperatorMetrics();
  private final WorkerCatalogs workers = new WorkerCatalogs();
  private final Operator operator;
  private final ManagementServer management;
  private final DataCoreReconciler dataCores;
  private final FlowTypeReconciler flowTypes;
  private final EventTypeReconciler eventTypes;
  private final WebhookKeyReconciler webhookKeys;
  private final LeaderElection lead;
  private final OperatorHealth health;
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * Puts everything together, and starts nothing but the management server.
   *
   * @throws IOException if the management port is taken
   */
  public FlowcoreOperator(KubernetesClient client, OperatorSettings settings, Clock clock)
      throws IOException {
    this.client = client;
    this.settings = settings;
    this.clock = clock;
    secrets = new SecretWatch(client, settings.namespaces());
    lead = new LeaderElection(client, settings.namespace(), settings.election());
    EventRecorder announcer = new EventRecorder(client, clock);
    ReconcilerContext operation =
        new ReconcilerContext(clock, new MemberStateStore(this::changed), announcer, families);
    operator = new Operator(overrider -> configure(overrider, client));
    OwnedObjects objects = new OwnedObjects(this::members);
    dataCores =
        new DataCoreReconciler(
            operation,
            objects,
            new PlanApplier(client, operation, objects),
            workers,
            new PlanInput.Defaults(settings.workerImage(), settings.namespace()),
            () -> families.set(filling.get()));
    eventTypes = new EventTypeReconciler(operation);
    flowTypes = new FlowTypeReconciler(operation, eventTypes::fire);
    webhookKeys = new WebhookKeyReconciler(operation, client);
    operator.register(dataCores, this::controller);
    operator.register(flowTypes, this::controller);
    operator.register(eventTypes, this::controller);
    operator.register(webhookKeys, this::controller);
    health = new OperatorHealth(operator, secrets, clock);
    metrics.leading(lead::held);
    management =
        new ManagementServer(
            settings.managementPort(), health::dead, health::unready, metrics::scrape);
  }

  private void configure(ConfigurationServiceOverrider overrider, KubernetesClient client) {
    overrider
        .withKubernetesClient(client)
        .withCloseClientOnStop(false)
        .withMetrics(metrics)
        .withConcurrentReconciliationThreads(THREADS)
        .withReconciliationTerminationTimeout(STOP)
        // With a cache that could not be filled, everything in it would seem to be deleted: better
        // not to start, and to be started again.
        .withStopOnInformerErrorDuringStartup(true)
        // The SDK's own would end the process out of one of its threads; health tells of a watch
        // that has ended, and whoever probes it ends the process in order.
        .withInformerStoppedHandler((informer, failure) -> {
          if (failure != null) {
            LOG.error("A watch has ended and is not taken up again", failure);
          }
        });
    lead.configuration().ifPresent(overrider::withLeaderElectionConfiguration);
  }

  /** What fails is tried again for ever: only the world can say when it heals. */
  private void controller(ControllerConfigurationOverrider<?> overrider) {
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

  /** Watches of what belongs to data cores, all led to the data core. */
  private List<EventSource<?, DataCore>> members(EventSourceContext<DataCore> context) {
    InformerEventSource<FlowType, DataCore> flows =
        watch(
            FlowType.class,
            context,
            flow -> ids(flow.getMetadata().getNamespace(), Index.dataCore(flow)));
    InformerEventSource<EventType, DataCore> types =
        watch(
            EventType.class,
            context,
            type ->
                ids(
                    type.getMetadata().getNamespace(),
                    Optional.ofNullable(filling.get()).flatMap(one -> one.dataCoreOf(type))));
    InformerEventSource<WebhookKey, DataCore> keys =
        watch(
            WebhookKey.class,
            context,
            key -> ids(key.getMetadata().getNamespace(), Index.dataCore(key)));
    IndexerResourceCache<DataCore> primaries = context.getPrimaryCache();
    filling.set(new DataCoreGatherer(primaries, flows, types, keys, secrets));
    List<EventSource<?, DataCore>> sources = new ArrayList<>();
    sources.add(flows);
    sources.add(types);
    sources.add(keys);
    return sources;
  }

  private static Set<ResourceID> ids(String namespace, Optional<String> dataCore) {
    return dataCore.map(name -> Set.of(new ResourceID(name, namespace))).orElse(Set.of());
  }

  private static <R extends HasMetadata> InformerEventSource<R, DataCore> watch(
      Class<R> kind, EventSourceContext<DataCore> context, Function<R, Set<ResourceID>> dataCores) {
    InformerEventSource<R, DataCore> source =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(kind, DataCore.class)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(dataCores::apply)
                // Statuses are the operator's own; they are no reason to look again.
                .withOnUpdateFilter((now, before) ->
                    !Objects.equals(
                        now.getMetadata().getGeneration(), before.getMetadata().getGeneration()))
                .build(),
            context);
    // Filled before anything is called for.
    source.setEventSourcePriority(EventSourceStartPriority.RESOURCE_STATE_LOADER);
    return source;
  }

  private void changed(ResourceId member) {
    switch (member.kind()) {
      case FLOW_TYPE -> flowTypes.fire(member);
      case EVENT_TYPE -> eventTypes.fire(member);
      case WEBHOOK_KEY -> webhookKeys.fire(member);
      default -> throw new IllegalArgumentException(member + " is no member of a data core");
    }
  }

  private void secretChanged(Secret secret) {
    DataCoreGatherer known = families.get();
    if (known == null) {
      // Every resource is looked at when the caches are filled.
      return;
    }
    known.dataCoresNaming(secret).forEach(dataCores::fire);
    known
        .webhookKeysNaming(secret)
        .forEach(id ->
            webhookKeys.fire(
                new ResourceId(
                    ResourceKind.WEBHOOK_KEY, id.getNamespace().orElseThrow(), id.getName())));
  }

  /**
   * Starts; returns when the caches are filled. With an election it acts once it is elected.
   *
   * @throws io.javaoperatorsdk.operator.OperatorException if a cache can't be filled
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if the API server refuses
   */
  public void start() {
    ServedKinds.await(client, settings.namespaces(), closing);
    CrdReleases crds = new CrdReleases(client, clock);
    metrics.crdProblems(crds::problems);
    // Once at the start, so that the log tells it though nobody asks for metrics.
    var _ = crds.problems();
    secrets.start(this::secretChanged);
    operator.start();
    health.started();
  }

  /** Port of health and metrics. */
  public int managementPort() {
    return management.port();
  }

  /** Ends what is under way, and gives up the lead. */
  @Override
  public void close() {
    closing.countDown();
    lead.closing();
    operator.stop();
    lead.giveUp();
    secrets.close();
    workers.close();
    management.close();
  }
}
