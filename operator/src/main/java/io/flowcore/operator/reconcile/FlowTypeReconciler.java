package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.FlowTypeStatus;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.status.MemberState;
import io.flowcore.operator.status.MemberStatuses;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Writes the status of flow types. */
@ControllerConfiguration(name = "flowtype")
final class FlowTypeReconciler extends MemberReconciler<FlowType, FlowTypeStatus> {
  private final Consumer<ResourceId> requestEventType;

  /**
   * Creates the reconciler.
   *
   * @param requestEventType requests the reconciliation of an event type; called for the event
   *     types of a flow type that no data core accepted
   */
  FlowTypeReconciler(ReconcilerContext reconcilerContext, Consumer<ResourceId> requestEventType) {
    super(reconcilerContext, "flowtype-internal-events", FlowType::new);
    this.requestEventType = requestEventType;
  }

  @Override
  Optional<String> dataCore(FlowType resource, DataCoreGatherer gatherer) {
    return Index.dataCore(resource);
  }

  @Override
  DataCoreInputs withoutDataCore(FlowType resource, DataCoreGatherer gatherer) {
    return DataCoreInputs.withoutDataCore(
        ResourceId.of(resource).namespace(), List.of(resource), List.of(), List.of());
  }

  @Override
  FlowTypeStatus notReconciled(FlowType resource, List<Condition> conditions) {
    return new FlowTypeStatus(resource.getMetadata().getGeneration(), conditions, null, null);
  }

  @Override
  List<Condition> conditions(FlowTypeStatus status) {
    return status.conditions();
  }

  @Override
  Update<FlowTypeStatus> update(FlowType resource, MemberState state, Instant now) {
    if (state.entry().isEmpty()) {
      reconcilerContext()
          .gatherer()
          .ifPresent(gatherer ->
              gatherer
                  .eventTypesOf(resource)
                  .forEach(eventType -> requestEventType.accept(ResourceId.of(eventType))));
    }
    recordValidation(resource, state);
    return new Update<>(
        MemberStatuses.flowType(resource.getStatus(), state, now), Optional.empty());
  }
}
