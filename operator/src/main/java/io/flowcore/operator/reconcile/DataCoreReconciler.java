package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreStatus;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.apply.Applied;
import io.flowcore.operator.apply.CatalogSize;
import io.flowcore.operator.apply.OwnedObjects;
import io.flowcore.operator.apply.PlanApplier;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.plan.Plan;
import io.flowcore.operator.plan.PlanInput;
import io.flowcore.operator.plan.Planner;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolver;
import io.flowcore.operator.status.DataCoreState;
import io.flowcore.operator.status.DataCoreStatuses;
import io.flowcore.operator.status.RouteState;
import io.flowcore.operator.status.WorkloadState;
import io.flowcore.operator.worker.WorkerClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reconciles a data core together with everything that belongs to it: gathers and resolves the
 * resources, applies the plan, queries the workers for their loaded catalog, and writes the status.
 */
@ControllerConfiguration(name = "datacore")
final class DataCoreReconciler implements Reconciler<DataCore> {
  private final ReconcilerContext reconcilerContext;
  private final OwnedObjects objects;
  private final PlanApplier planApplier;
  private final WorkerClient workers;
  private final PlanInput.Defaults defaults;
  private final RecheckSchedule schedule;
  private final InternalEventSource<DataCore> internalEvents;

  /** The content that all ready workers have loaded, by data core and member. */
  private final Map<ResourceId, Map<ResourceId, Object>> loadedContents = new ConcurrentHashMap<>();

  DataCoreReconciler(
      ReconcilerContext reconcilerContext,
      OwnedObjects objects,
      PlanApplier planApplier,
      WorkerClient workers,
      PlanInput.Defaults defaults) {
    this.reconcilerContext = reconcilerContext;
    this.objects = objects;
    this.planApplier = planApplier;
    this.workers = workers;
    this.defaults = defaults;
    schedule = new RecheckSchedule(reconcilerContext.clock());
    internalEvents =
        new InternalEventSource<>(
            "datacore-internal-events",
            reconcilerContext.caches()::markFilled,
            this::reconcileCompeting,
            this::forget);
  }

  @Override
  public List<EventSource<?, DataCore>> prepareEventSources(EventSourceContext<DataCore> context) {
    List<EventSource<?, DataCore>> sources = new ArrayList<>();
    sources.addAll(reconcilerContext.caches().createEventSources(context));
    sources.addAll(objects.createEventSources(context));
    // Last, because it marks the caches as filled when it starts.
    sources.add(internalEvents);
    return sources;
  }

  /** Requests a reconciliation. */
  void requestReconciliation(ResourceID id) {
    internalEvents.fire(id);
  }

  private void reconcileCompeting(DataCore dataCore) {
    reconcilerContext
        .gatherer()
        .ifPresent(gatherer ->
            gatherer
                .competing(dataCore)
                .forEach(other -> requestReconciliation(ResourceID.fromResource(other))));
  }

  private void forget(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    loadedContents.remove(id);
    schedule.forget(id);
    planApplier.forget(id);
    reconcilerContext.memberStates().remove(id);
    reconcileCompeting(dataCore);
  }

  @Override
  public UpdateControl<DataCore> reconcile(DataCore dataCore, Context<DataCore> context) {
    ResourceId id = ResourceId.of(dataCore);
    DataCoreInputs inputs =
        reconcilerContext.gatherer().orElseThrow().gather(id.namespace(), id.name());
    return switch (Resolver.resolve(inputs, () -> planApplier.writtenCatalogs().find(dataCore))) {
      case Resolution.Rejected rejected -> reject(dataCore, rejected);
      case Resolution.Accepted accepted -> {
        loadedContents.computeIfAbsent(
            id, first -> MemberStates.loadedBeforeRestart(inputs, accepted));
        yield run(dataCore, inputs, accepted);
      }
    };
  }

  /** The workers keep running; only the catalog changes, so that revoked keys stop working. */
  private UpdateControl<DataCore> reject(DataCore dataCore, Resolution.Rejected rejected) {
    ResourceId id = ResourceId.of(dataCore);
    boolean written =
        rejected.lastGood().map(catalog -> writeCatalog(dataCore, catalog)).orElse(true);
    reconcilerContext
        .eventRecorder()
        .validated(
            dataCore,
            dataCore.getStatus() == null ? List.of() : dataCore.getStatus().conditions(),
            rejected.verdicts().getOrDefault(id, List.of()));
    reconcilerContext.memberStates().publish(id, MemberStates.ofRejected(rejected));
    UpdateControl<DataCore> control =
        updateStatus(
            dataCore,
            DataCoreStatuses.rejected(dataCore, rejected, reconcilerContext.clock().instant()));
    return written ? control : control.rescheduleAfter(RecheckSchedule.AFTER_FAILED_APPLY);
  }

  private boolean writeCatalog(DataCore dataCore, Catalog catalog) {
    boolean written =
        planApplier
            .applyCatalog(dataCore, catalog, Planner.catalogObjects(dataCore, catalog))
            .catalogWritten();
    if (written) {
      planApplier.annotateRevision(objects.pods(dataCore), catalog.revision());
    }
    return written;
  }

  private UpdateControl<DataCore> run(
      DataCore dataCore, DataCoreInputs inputs, Resolution.Accepted accepted) {
    ResourceId id = ResourceId.of(dataCore);
    boolean gatewayApi = planApplier.hasGatewayApi();
    Plan plan =
        Planner.plan(
            new PlanInput(
                dataCore, accepted.catalog(), accepted.ownsQueryPath(), gatewayApi, defaults));
    Applied applied = planApplier.apply(dataCore, accepted.catalog(), plan);
    List<Pod> pods = objects.pods(dataCore);
    if (applied.catalogWritten()) {
      planApplier.annotateRevision(pods, accepted.catalog().revision());
    } else if (!CatalogSize.problems(plan.catalogObjects()).isEmpty()) {
      // The last written catalog stays, but without deleted event types and revoked keys.
      Resolver.fallback(inputs, planApplier.writtenCatalogs().find(dataCore))
          .ifPresent(last -> writeCatalog(dataCore, last));
    }
    DataCoreState state =
        new DataCoreState(
            accepted,
            plan.url(),
            workers.query(pods),
            WorkloadState.of(objects.workload(dataCore)),
            applied,
            RouteState.of(dataCore, gatewayApi, () -> planApplier.findRoute(dataCore)));
    rememberLoaded(id, state);
    reconcilerContext
        .memberStates()
        .publish(id, MemberStates.ofRunning(state, loadedContents.getOrDefault(id, Map.of())));
    reconcilerContext.eventRecorder().running(dataCore, state);
    return updateStatus(
            dataCore,
            DataCoreStatuses.running(dataCore, state, reconcilerContext.clock().instant()))
        .rescheduleAfter(schedule.next(id, state));
  }

  /**
   * Remembers what all ready workers have loaded. It is kept while other members change: adding an
   * event type must not make the others unready.
   */
  private void rememberLoaded(ResourceId id, DataCoreState state) {
    if (state.isLoaded()) {
      loadedContents.put(id, MemberStates.contents(state.accepted()));
    }
  }

  private static UpdateControl<DataCore> updateStatus(DataCore dataCore, DataCoreStatus status) {
    return StatusPatch.ifChanged(dataCore, status, DataCore::new);
  }
}
