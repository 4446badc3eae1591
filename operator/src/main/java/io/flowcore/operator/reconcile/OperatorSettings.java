package io.flowcore.operator.reconcile;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How an operator runs.
 *
 * @param namespaces to watch; all if empty
 * @param namespace its own, where it takes part in the leader's election
 * @param workerImage of workers whose DataCore names none
 * @param managementPort of health and metrics; 0 takes a free one
 * @param election empty if it is always the leader
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
   * How operators agree on one that acts.
   *
   * @param identity of this one
   * @param lease how long a leader that falls silent goes on being taken for the leader
   * @param lost what to do when the lead is lost: it must end this operator at once
   */
  public record Election(String identity, Duration lease, Runnable lost) {}
}
