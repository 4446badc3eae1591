package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreStatus;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.resolve.Resolution;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Builds the status of a data core. Pure. */
public final class DataCoreStatuses {
  private DataCoreStatuses() {}

  /** Returns the status of a rejected data core, whose previous configuration keeps running. */
  public static DataCoreStatus rejected(
      DataCore dataCore, Resolution.Rejected rejected, Instant now) {
    ResourceId id = ResourceId.of(dataCore);
    DataCoreStatus before = dataCore.getStatus();
    ConditionState notAccepted =
        ConditionState.no(
            "NotAccepted", "the DataCore was rejected; its previous configuration keeps running");
    List<Condition> conditions =
        Conditions.of(
            before == null ? null : before.conditions(),
            generation(dataCore),
            now,
            rejected.verdicts().getOrDefault(id, List.of()),
            notAccepted,
            notAccepted);
    if (before == null) {
      return new DataCoreStatus(
          generation(dataCore), conditions, null, null, null, null, null, null, null, null);
    }
    return new DataCoreStatus(
        generation(dataCore),
        conditions,
        before.id(),
        before.tenantId(),
        before.flowTypes(),
        before.eventTypes(),
        before.webhookKeys(),
        before.catalogRevision(),
        before.workers(),
        before.url());
  }

  /** Returns the status of a running data core. */
  public static DataCoreStatus running(DataCore dataCore, DataCoreState state, Instant now) {
    DataCoreStatus before = dataCore.getStatus();
    DataCoreEntry entry = state.accepted().entry();
    String revision = state.revision();
    WorkloadState workload = state.workload();
    return new DataCoreStatus(
        generation(dataCore),
        Conditions.of(
            before == null ? null : before.conditions(),
            generation(dataCore),
            now,
            List.of(),
            state.programmed(),
            workload.readyCondition(state.report().notReadyReason())),
        entry.id().toString(),
        entry.tenantId().toString(),
        entry.flowTypes().size(),
        state.accepted().catalog().eventTypeCount(),
        state.accepted().catalog().keys().size(),
        revision,
        new DataCoreStatus.Workers(
            workload.desired(),
            workload.ready(),
            workload.updated(),
            state.report().loaded(revision)),
        state.url());
  }

  private static long generation(DataCore dataCore) {
    return Objects.requireNonNullElse(dataCore.getMetadata().getGeneration(), 0L);
  }
}
