package io.flowcore.operator.status;

import io.flowcore.operator.apply.Applied;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.worker.WorkerClient.Report;

/**
 * Everything that the status of a running data core is built from.
 *
 * @param url base URL of its webhooks
 * @param report responses of its workers
 * @param workload progress of its StatefulSet or Deployment
 * @param applied result of applying its plan
 * @param route whether its HTTPRoute is accepted
 */
public record DataCoreState(
    Resolution.Accepted accepted,
    String url,
    Report report,
    WorkloadState workload,
    Applied applied,
    ConditionState route) {

  /** Returns whether at least one worker is ready and all ready workers loaded the catalog. */
  public boolean isLoaded() {
    return report.ready() > 0
        && report.loaded(revision()) == report.ready()
        && applied.catalogWritten();
  }

  /** Returns the revision of the current catalog. */
  public String revision() {
    return accepted.catalog().revision();
  }

  /** Returns the state of {@code Programmed}. */
  public ConditionState programmed() {
    if (!applied.problems().isEmpty()) {
      return ConditionState.no("ApplyFailed", String.join("; ", applied.problems()));
    }
    if (!route.holds()) {
      return route;
    }
    int ready = report.ready();
    if (ready == 0) {
      return ConditionState.no("NoReadyWorker", "no worker is ready" + report.notReadyReason());
    }
    int loaded = report.loaded(revision());
    String message = loaded + " of " + ready + " ready workers have loaded the catalog";
    if (loaded == ready) {
      return ConditionState.yes("Programmed", message);
    }
    return report.silent() > 0 && loaded + report.silent() == ready
        ? ConditionState.unknown(
            "WorkersSilent",
            message
                + "; "
                + report.silent()
                + " did not respond; check that the operator can reach their management port")
        : ConditionState.no("Pending", message);
  }
}
