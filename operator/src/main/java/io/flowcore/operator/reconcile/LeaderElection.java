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
 * Whether this operator is the one that acts. One that loses the lead must stop at once: the SDK
 * would let it go on beside the next leader.
 */
final class LeaderElection {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
  private static final String LEASE = "flowcore-operator";

  private final KubernetesClient client;
  private final String namespace;
  private final Optional<Election> election;
  private volatile boolean held;
  private volatile boolean closing;

  /** Takes part in an election, or leads from the start. */
  LeaderElection(KubernetesClient client, String namespace, Optional<Election> election) {
    this.client = client;
    this.namespace = namespace;
    this.election = election;
    held = election.isEmpty();
  }

  Optional<LeaderElectionConfiguration> configuration() {
    return election.map(one ->
        LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
            .withLeaseNamespace(namespace)
            .withIdentity(one.identity())
            .withLeaseDuration(one.lease())
            .withRenewDeadline(one.lease().multipliedBy(2).dividedBy(3))
            .withRetryPeriod(one.lease().dividedBy(6))
            .withLeaderCallbacks(
                new LeaderCallbacks(() -> held = true, () -> lost(one), leader -> {}))
            .build());
  }

  boolean held() {
    return held;
  }

  private void lost(Election one) {
    boolean before = held;
    held = false;
    if (before && !closing) {
      LOG.error("The lead is lost; another operator acts now");
      one.lost().run();
    }
  }

  /** What ends from now on ends on purpose. */
  void closing() {
    closing = true;
  }

  /** Gives the lease back, so that the next operator need not wait for its end. */
  void giveUp() {
    election.ifPresent(one -> {
      try {
        Lease lease = client.leases().inNamespace(namespace).withName(LEASE).get();
        if (lease != null && one.identity().equals(lease.getSpec().getHolderIdentity())) {
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
        LOG.warn("The lease could not be given back; it ends by itself", e);
      }
    });
  }
}
