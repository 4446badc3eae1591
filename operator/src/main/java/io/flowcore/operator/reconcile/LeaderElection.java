package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.flowcore.operator.reconcile.OperatorSettings.Election;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Determines whether this operator is the leader. An operator that loses the leadership must stop
 * at once, because the SDK would let it continue alongside the next leader.
 */
final class LeaderElection {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
  private static final String LEASE = "flowcore-operator";

  private final KubernetesClient client;
  private final String namespace;
  private final Optional<Election> election;
  private volatile boolean leader;
  private volatile boolean closing;

  /** Creates the election; without one, this operator is the leader from the start. */
  LeaderElection(KubernetesClient client, String namespace, Optional<Election> election) {
    this.client = client;
    this.namespace = namespace;
    this.election = election;
    leader = election.isEmpty();
  }

  /** Returns the configuration for the SDK; empty without an election. */
  Optional<LeaderElectionConfiguration> configuration() {
    return election.map(settings ->
        LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
            .withLeaseNamespace(namespace)
            .withIdentity(settings.identity())
            .withLeaseDuration(settings.leaseDuration())
            .withRenewDeadline(settings.leaseDuration().multipliedBy(2).dividedBy(3))
            .withRetryPeriod(settings.leaseDuration().dividedBy(6))
            .withLeaderCallbacks(
                new LeaderCallbacks(
                    () -> leader = true, () -> loseLeadership(settings), newLeader -> {}))
            .build());
  }

  boolean isLeader() {
    return leader;
  }

  private void loseLeadership(Election settings) {
    boolean before = leader;
    leader = false;
    if (before && !closing) {
      LOG.error("Leadership lost; stopping, because another operator can become the leader");
      settings.onLeadershipLost().run();
    }
  }

  /** Called before the operator stops; from then on, a lost leadership is not an error. */
  void prepareClose() {
    closing = true;
  }

  /** Releases the Lease, so that the next operator does not wait for it to expire. */
  void releaseLease() {
    election.ifPresent(settings -> {
      try {
        Lease lease = client.leases().inNamespace(namespace).withName(LEASE).get();
        if (lease != null && settings.identity().equals(lease.getSpec().getHolderIdentity())) {
          client
              .resource(
                  new LeaseBuilder(lease)
                      .editSpec()
                      .withHolderIdentity("")
                      .withLeaseDurationSeconds(1)
                      .endSpec()
                      .build())
              .update();
        }
      } catch (KubernetesClientException e) {
        LOG.warn(
            "Could not release the Lease; other operators wait up to {} s for it to expire",
            settings.leaseDuration().toSeconds(),
            e);
      }
    });
  }
}
