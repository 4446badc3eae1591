package io.flowcore.operator.reconcile;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of an operator.
 *
 * @param namespaces to watch; all if empty
 * @param namespace the operator's own, which contains the Lease of the leader election
 * @param workerImage image of workers whose DataCore sets none
 * @param managementPort port of health checks and metrics; 0 to use a free port
 * @param election empty to run without leader election
 */
public record OperatorSettings(
    Set<String> namespaces,
    String namespace,
    String workerImage,
    int managementPort,
    Optional<Election> election) {
  public OperatorSettings {
    namespaces = Set.copyOf(namespaces);
  }

  /**
   * The settings of the leader election.
   *
   * @param identity unique name of this operator
   * @param leaseDuration how long the others wait for a leader that does not renew its Lease
   * @param onLeadershipLost must end this operator at once
   */
  public record Election(String identity, Duration leaseDuration, Runnable onLeadershipLost) {}
}
