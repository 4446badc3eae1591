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

/** Gives flow types their status. */
@ControllerConfiguration(name = "flowtype")
final class FlowTypeReconciler extends MemberReconciler<FlowType, FlowTypeStatus> {
  private final Consumer<ResourceId> eventTypes;

  /** Calls for the event types of a flow type that leads nowhere. */
  FlowTypeReconciler(ReconcilerContext operation, Consumer<ResourceId> eventTypes) {
    super(operation, "flowtype-triggers", FlowType::new);
    this.eventTypes = eventTypes;
  }

  @Override
  Optional<String> dataCore(FlowType resource, DataCoreGatherer families) {
    return Index.dataCore(resource);
  }

  @Override
  DataCoreInputs orphan(FlowType resource, DataCoreGatherer families) {
    return DataCoreInputs.orphans(
        ResourceId.of(resource).namespace(), List.of(resource), List.of(), List.of());
  }

  @Override
  FlowTypeStatus pending(FlowType resource, List<Condition> conditions) {
    return new FlowTypeStatus(resource.getMetadata().getGeneration(), conditions, null, null);
  }

  @Override
  List<Condition> conditions(FlowTypeStatus status) {
    return status.conditions();
  }

  @Override
  Update<FlowTypeStatus> update(FlowType resource, MemberState view, Instant now) {
    if (view.entry().isEmpty()) {
      operation()
          .families()
          .ifPresent(families ->
              families
                  .eventTypesOf(resource)
                  .forEach(type -> eventTypes.accept(ResourceId.of(type))));
    }
    announce(resource, view);
    return new Update<>(MemberStatuses.flowType(resource.getStatus(), view, now), Optional.empty());
  }
}
