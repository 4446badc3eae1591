package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Optional;

/**
 * How far a workload is, as its controller says.
 *
 * @param all pods there are, those of an earlier template among them
 * @param settled whether the controller has seen the newest spec
 */
public record Workload(int desired, int ready, int updated, int all, boolean settled) {
  /** Before there is any. */
  public static final Workload NONE = new Workload(0, 0, 0, 0, false);

  /** Reads the status of a StatefulSet or a Deployment. */
  public static Workload of(Optional<? extends HasMetadata> workload) {
    return switch (workload.orElse(null)) {
      case StatefulSet set when set.getStatus() != null ->
          new Workload(
              or(set.getSpec().getReplicas(), 1),
              or(set.getStatus().getReadyReplicas(), 0),
              or(set.getStatus().getUpdatedReplicas(), 0),
              or(set.getStatus().getReplicas(), 0),
              settled(set, set.getStatus().getObservedGeneration()));
      case Deployment deployment when deployment.getStatus() != null ->
          new Workload(
              or(deployment.getSpec().getReplicas(), 1),
              or(deployment.getStatus().getReadyReplicas(), 0),
              or(deployment.getStatus().getUpdatedReplicas(), 0),
              or(deployment.getStatus().getReplicas(), 0),
              settled(deployment, deployment.getStatus().getObservedGeneration()));
      case null, default -> NONE;
    };
  }

  private static int or(Integer number, int whenAbsent) {
    return number == null ? whenAbsent : number;
  }

  private static boolean settled(HasMetadata workload, Long observed) {
    Long generation = workload.getMetadata().getGeneration();
    return generation == null || (observed != null && observed >= generation);
  }

  /**
   * Whether the data core works, given that everything in it is in force.
   *
   * @param obstacle what keeps a worker from being ready, to follow a sentence; may be empty
   */
  public ConditionState standing(String obstacle) {
    if (settled && desired == 0) {
      return ConditionState.no("NoWorkers", "worker.replicas is 0");
    }
    if (!settled || updated < desired || all > updated) {
      return ConditionState.no(
          "RollingOut",
          updated + " of " + desired + " workers run the newest pod template" + obstacle);
    }
    if (ready < desired) {
      return ConditionState.no(
          "WorkersNotReady", ready + " of " + desired + " workers are ready" + obstacle);
    }
    return ConditionState.yes("Ready", ready + " of " + desired + " workers are ready");
  }
}
