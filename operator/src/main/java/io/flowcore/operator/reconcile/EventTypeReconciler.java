package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.EventTypeStatus;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.status.MemberState;
import io.flowcore.operator.status.MemberStatuses;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Writes the status of event types. */
@ControllerConfiguration(name = "eventtype")
final class EventTypeReconciler extends MemberReconciler<EventType, EventTypeStatus> {
  EventTypeReconciler(ReconcilerContext reconcilerContext) {
    super(reconcilerContext, "eventtype-internal-events", EventType::new);
  }

  @Override
  Optional<String> dataCore(EventType resource, DataCoreGatherer gatherer) {
    return gatherer.dataCoreOf(resource);
  }

  @Override
  DataCoreInputs withoutDataCore(EventType resource, DataCoreGatherer gatherer) {
    return DataCoreInputs.withoutDataCore(
        ResourceId.of(resource).namespace(),
        gatherer.flowTypeOf(resource).stream().toList(),
        List.of(resource),
        List.of());
  }

  @Override
  EventTypeStatus notReconciled(EventType resource, List<Condition> conditions) {
    return new EventTypeStatus(
        resource.getMetadata().getGeneration(), conditions, null, null, null);
  }

  @Override
  List<Condition> conditions(EventTypeStatus status) {
    return status.conditions();
  }

  @Override
  Update<EventTypeStatus> update(EventType resource, MemberState state, Instant now) {
    recordValidation(resource, state);
    return new Update<>(
        MemberStatuses.eventType(resource.getStatus(), state, now), Optional.empty());
  }
}
