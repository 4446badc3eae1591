package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Optional;

/**
 * The progress of a workload, from the status that its controller writes.
 *
 * @param desired number of replicas in the spec
 * @param ready number of ready pods
 * @param updated number of pods with the current template
 * @param all number of all pods, including those with an earlier template
 * @param observed whether the controller has observed the current spec
 */
public record WorkloadState(int desired, int ready, int updated, int all, boolean observed) {
  /** No workload exists yet. */
  public static final WorkloadState NONE = new WorkloadState(0, 0, 0, 0, false);

  /** Reads the status of a StatefulSet or Deployment. */
  public static WorkloadState of(Optional<? extends HasMetadata> workload) {
    return switch (workload.orElse(null)) {
      case StatefulSet set when set.getStatus() != null ->
          new WorkloadState(
              or(set.getSpec().getReplicas(), 1),
              or(set.getStatus().getReadyReplicas(), 0),
              or(set.getStatus().getUpdatedReplicas(), 0),
              or(set.getStatus().getReplicas(), 0),
              isObserved(set, set.getStatus().getObservedGeneration()));
      case Deployment deployment when deployment.getStatus() != null ->
          new WorkloadState(
              or(deployment.getSpec().getReplicas(), 1),
              or(deployment.getStatus().getReadyReplicas(), 0),
              or(deployment.getStatus().getUpdatedReplicas(), 0),
              or(deployment.getStatus().getReplicas(), 0),
              isObserved(deployment, deployment.getStatus().getObservedGeneration()));
      case null, default -> NONE;
    };
  }

  private static int or(Integer number, int whenAbsent) {
    return number == null ? whenAbsent : number;
  }

  private static boolean isObserved(HasMetadata workload, Long observedGeneration) {
    Long generation = workload.getMetadata().getGeneration();
    return generation == null || (observedGeneration != null && observedGeneration >= generation);
  }

  /**
   * Returns the state of {@code Ready} for a data core whose other conditions are true.
   *
   * @param notReadyReason why a worker is not ready, as the end of a sentence; may be empty
   */
  public ConditionState readyCondition(String notReadyReason) {
    if (observed && desired == 0) {
      return ConditionState.no(
          "NoWorkers", "spec.worker.replicas is 0; set it to 1 or more to run workers");
    }
    if (!observed || updated < desired || all > updated) {
      return ConditionState.no(
          "RollingOut",
          updated + " of " + desired + " workers run the current pod template" + notReadyReason);
    }
    if (ready < desired) {
      return ConditionState.no(
          "WorkersNotReady", ready + " of " + desired + " workers are ready" + notReadyReason);
    }
    return ConditionState.yes("Ready", ready + " of " + desired + " workers are ready");
  }
}
