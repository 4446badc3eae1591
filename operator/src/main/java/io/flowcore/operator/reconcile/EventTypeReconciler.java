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

/** Gives event types their status. */
@ControllerConfiguration(name = "eventtype")
final class EventTypeReconciler extends MemberReconciler<EventType, EventTypeStatus> {
  EventTypeReconciler(ReconcilerContext operation) {
    super(operation, "eventtype-triggers", EventType::new);
  }

  @Override
  Optional<String> dataCore(EventType resource, DataCoreGatherer families) {
    return families.dataCoreOf(resource);
  }

  @Override
  DataCoreInputs orphan(EventType resource, DataCoreGatherer families) {
    return DataCoreInputs.orphans(
        ResourceId.of(resource).namespace(),
        families.flowTypeOf(resource).stream().toList(),
        List.of(resource),
        List.of());
  }

  @Override
  EventTypeStatus pending(EventType resource, List<Condition> conditions) {
    return new EventTypeStatus(
        resource.getMetadata().getGeneration(), conditions, null, null, null);
  }

  @Override
  List<Condition> conditions(EventTypeStatus status) {
    return status.conditions();
  }

  @Override
  Update<EventTypeStatus> update(EventType resource, MemberState view, Instant now) {
    announce(resource, view);
    return new Update<>(
        MemberStatuses.eventType(resource.getStatus(), view, now), Optional.empty());
  }
}
