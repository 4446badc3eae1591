package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreStatus;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.worker.WorkerCatalogs.Report;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** The status of a data core. Pure. */
public final class DataCoreStatuses {
  private DataCoreStatuses() {}

  /**
   * All that is known of a data core that runs.
   *
   * @param problems why objects could not be written
   * @param catalogWritten whether workers find the newest catalog
   * @param route whether there is a way from outside
   */
  public record Running(
      Resolution.Accepted accepted,
      String url,
      Report report,
      Workload workload,
      List<String> problems,
      boolean catalogWritten,
      ConditionState route) {
    public Running {
      problems = List.copyOf(problems);
    }

    /** Whether every ready worker, and at least one, has the newest catalog. */
    public boolean inForce() {
      return report.ready() > 0 && report.at(revision()) == report.ready() && catalogWritten;
    }

    /** The newest catalog. */
    public String revision() {
      return accepted.catalog().revision();
    }

    /** Whether the workers have it in force, as a condition. */
    public ConditionState programmed() {
      if (!problems.isEmpty()) {
        return ConditionState.no("ApplyFailed", String.join("; ", problems));
      }
      if (!route.holds()) {
        return route;
      }
      int ready = report.ready();
      if (ready == 0) {
        return ConditionState.no(
            "NoReadyWorker", "no worker is ready to be asked" + report.obstacle());
      }
      int programmed = report.at(revision());
      String message = programmed + " of " + ready + " ready workers have the catalog in force";
      if (programmed == ready) {
        return ConditionState.yes("Programmed", message);
      }
      return report.silent() > 0 && programmed + report.silent() == ready
          ? ConditionState.unknown(
              "WorkersSilent", message + "; " + report.silent() + " do not answer")
          : ConditionState.no("Pending", message);
    }
  }

  /** The status of a data core that was refused. What ran before goes on. */
  public static DataCoreStatus refused(
      DataCore dataCore, Resolution.Rejected refused, Instant now) {
    ResourceId id = ResourceId.of(dataCore);
    DataCoreStatus before = dataCore.getStatus();
    ConditionState not =
        ConditionState.no("NotAccepted", "it was refused; what ran before goes on");
    List<Condition> conditions =
        Conditions.of(
            before == null ? null : before.conditions(),
            generation(dataCore),
            now,
            refused.verdicts().getOrDefault(id, List.of()),
            not,
            not);
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

  /** The status of a data core that runs. */
  public static DataCoreStatus running(DataCore dataCore, Running running, Instant now) {
    DataCoreStatus before = dataCore.getStatus();
    DataCoreEntry entry = running.accepted().entry();
    String revision = running.revision();
    Workload workload = running.workload();
    return new DataCoreStatus(
        generation(dataCore),
        Conditions.of(
            before == null ? null : before.conditions(),
            generation(dataCore),
            now,
            List.of(),
            running.programmed(),
            workload.standing(running.report().obstacle())),
        entry.id().toString(),
        entry.tenantId().toString(),
        entry.flowTypes().size(),
        running.accepted().catalog().eventTypeCount(),
        running.accepted().catalog().keys().size(),
        revision,
        new DataCoreStatus.Workers(
            workload.desired(),
            workload.ready(),
            workload.updated(),
            running.report().at(revision)),
        running.url());
  }

  private static long generation(DataCore dataCore) {
    return Objects.requireNonNullElse(dataCore.getMetadata().getGeneration(), 0L);
  }
}
