package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreStatus;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.apply.OwnedObjects;
import io.flowcore.operator.apply.PlanApplier;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.plan.Plan;
import io.flowcore.operator.plan.PlanInput;
import io.flowcore.operator.plan.Planner;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolver;
import io.flowcore.operator.status.DataCoreStatuses;
import io.flowcore.operator.status.DataCoreStatuses.Running;
import io.flowcore.operator.status.RouteState;
import io.flowcore.operator.status.Workload;
import io.flowcore.operator.worker.WorkerCatalogs;
import io.flowcore.operator.worker.WorkerCatalogs.Report;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gathers a data core with all that belongs to it, judges it, brings what runs it into the cluster,
 * asks the workers what they have in force, and says what is true.
 */
@ControllerConfiguration(name = "datacore")
final class DataCoreReconciler implements Reconciler<DataCore> {
  /** Between questions to workers that don't have the newest catalog yet. */
  private static final Duration ASK_AGAIN = Duration.ofMillis(500);

  /** Between questions to gateways that have not taken a route. */
  private static final Duration ASK_GATEWAY = Duration.ofSeconds(5);

  /** Between questions to workers that have it. */
  private static final Duration ASK_WHETHER_STILL = Duration.ofMinutes(1);

  /** After an object could not be written. */
  private static final Duration APPLY_AGAIN = Duration.ofSeconds(10);

  private final ReconcilerContext operation;
  private final OwnedObjects objects;
  private final PlanApplier cluster;
  private final WorkerCatalogs workers;
  private final PlanInput.Defaults defaults;
  private final InternalEventSource<DataCore> triggers;

  /** What workers were seen to have in force, by data core. */
  private final Map<ResourceId, Map<ResourceId, Object>> confirmed = new ConcurrentHashMap<>();

  private final Map<ResourceId, Asked> asked = new ConcurrentHashMap<>();

  /** Tells when the caches that all reconcilers read are filled. */
  DataCoreReconciler(
      ReconcilerContext operation,
      OwnedObjects objects,
      PlanApplier cluster,
      WorkerCatalogs workers,
      PlanInput.Defaults defaults,
      Runnable cachesFilled) {
    this.operation = operation;
    this.objects = objects;
    this.cluster = cluster;
    this.workers = workers;
    this.defaults = defaults;
    triggers =
        new InternalEventSource<>("datacore-triggers", cachesFilled, this::fireOthers, this::gone);
  }

  @Override
  public List<EventSource<?, DataCore>> prepareEventSources(EventSourceContext<DataCore> context) {
    return objects.sources(context, triggers);
  }

  /** Calls for a reconciliation. */
  void fire(ResourceID id) {
    triggers.fire(id);
  }

  private void fireOthers(DataCore dataCore) {
    operation
        .families()
        .ifPresent(families ->
            families
                .others(dataCore)
                .forEach(other -> triggers.fire(ResourceID.fromResource(other))));
  }

  private void gone(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    confirmed.remove(id);
    asked.remove(id);
    cluster.forget(id);
    operation.board().remove(id);
    fireOthers(dataCore);
  }

  @Override
  public UpdateControl<DataCore> reconcile(DataCore dataCore, Context<DataCore> context) {
    ResourceId id = ResourceId.of(dataCore);
    DataCoreGatherer families = operation.families().orElseThrow();
    DataCoreInputs family = families.of(id.namespace(), id.name());
    return switch (Resolver.resolve(family, () -> cluster.catalogs().of(dataCore))) {
      case Resolution.Rejected refused -> refused(dataCore, refused);
      case Resolution.Accepted accepted -> {
        confirmed.computeIfAbsent(id, first -> MemberStates.saidBefore(family, accepted));
        yield run(dataCore, family, accepted);
      }
    };
  }

  /** Its workers run on as they are; but a key that was taken back must not work any longer. */
  private UpdateControl<DataCore> refused(DataCore dataCore, Resolution.Rejected refused) {
    ResourceId id = ResourceId.of(dataCore);
    boolean written =
        refused.lastGood().map(catalog -> writeCatalog(dataCore, catalog)).orElse(true);
    operation
        .announcer()
        .refused(
            dataCore,
            dataCore.getStatus() == null ? List.of() : dataCore.getStatus().conditions(),
            refused.verdicts().getOrDefault(id, List.of()));
    operation.board().publish(id, MemberStates.of(refused));
    UpdateControl<DataCore> control =
        patch(dataCore, DataCoreStatuses.refused(dataCore, refused, operation.clock().instant()));
    return written ? control : control.rescheduleAfter(APPLY_AGAIN);
  }

  private boolean writeCatalog(DataCore dataCore, Catalog catalog) {
    boolean written =
        cluster.applyCatalog(
            dataCore, catalog, Planner.catalog(dataCore, catalog), new ArrayList<>());
    if (written) {
      cluster.wake(objects.pods(dataCore), catalog.revision());
    }
    return written;
  }

  private UpdateControl<DataCore> run(
      DataCore dataCore, DataCoreInputs family, Resolution.Accepted accepted) {
    ResourceId id = ResourceId.of(dataCore);
    boolean gatewayApi = cluster.knowsGatewayApi();
    Plan plan =
        Planner.plan(
            new PlanInput(
                dataCore, accepted.catalog(), accepted.ownsQueryPath(), gatewayApi, defaults));
    PlanApplier.Applied applied = cluster.apply(dataCore, accepted.catalog(), plan);
    List<Pod> pods = objects.pods(dataCore);
    String revision = accepted.catalog().revision();
    if (applied.catalogWritten()) {
      cluster.wake(pods, revision);
    } else if (!PlanApplier.tooLarge(plan.catalog()).isEmpty()) {
      cluster
          .catalogs()
          .of(dataCore)
          .ifPresent(before -> writeCatalog(dataCore, Resolver.fallback(family, before)));
    }
    Report report = workers.ask(pods);
    Running running =
        new Running(
            accepted,
            plan.url(),
            report,
            Workload.of(objects.workload(dataCore)),
            applied.problems(),
            applied.catalogWritten(),
            RouteState.of(dataCore, gatewayApi, () -> cluster.route(dataCore)));
    confirm(id, running);
    operation.board().publish(id, MemberStates.of(running, confirmed.getOrDefault(id, Map.of())));
    operation.announcer().running(dataCore, running);
    return patch(dataCore, DataCoreStatuses.running(dataCore, running, operation.clock().instant()))
        .rescheduleAfter(again(id, running));
  }

  /**
   * Remembers of each member what all ready workers have in force. What is confirmed stays so while
   * other members change: adding an event type makes no other one unready.
   */
  private void confirm(ResourceId id, Running running) {
    if (running.inForce()) {
      confirmed.put(id, MemberStates.contents(running.accepted()));
    }
  }

  private Duration again(ResourceId id, Running running) {
    if (!running.problems().isEmpty()) {
      return APPLY_AGAIN;
    }
    boolean waits = running.report().ready() > 0 && !running.inForce();
    if (!waits) {
      asked.remove(id);
      return running.route().holds() ? ASK_WHETHER_STILL : ASK_GATEWAY;
    }
    Instant now = operation.clock().instant();
    Asked since =
        asked.compute(
            id,
            (same, before) ->
                before != null && before.revision().equals(running.revision())
                    ? before
                    : new Asked(running.revision(), now));
    return since.again(now);
  }

  /** Since when workers are asked for a revision. */
  private record Asked(String revision, Instant since) {
    /** Workers take a second or two; what takes longer is asked for less and less often. */
    Duration again(Instant now) {
      Duration waited = Duration.between(since, now);
      if (waited.compareTo(Duration.ofSeconds(30)) < 0) {
        return ASK_AGAIN;
      }
      return waited.compareTo(Duration.ofMinutes(5)) < 0
          ? Duration.ofSeconds(5)
          : Duration.ofSeconds(30);
    }
  }

  private static UpdateControl<DataCore> patch(DataCore dataCore, DataCoreStatus status) {
    return StatusPatch.of(dataCore, status, DataCore::new);
  }
}
