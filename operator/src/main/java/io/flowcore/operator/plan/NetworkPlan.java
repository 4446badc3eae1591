package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.WorkerSpec;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Plans the NetworkPolicy of workers. It allows webhooks from anywhere, management requests from
 * the operator and Prometheus, and egress to DNS and to the ports of the stores. Stores are
 * addressed by host name, which a NetworkPolicy cannot express, so egress is restricted by port
 * only.
 *
 * <p>A policy applies to the port of a Service's pods, which can differ from the port in a URL;
 * such ports are listed in {@code worker.networkPolicy.egressPorts}.
 */
final class NetworkPlan {
  private static final int CASSANDRA_PORT = 9042;

  /** CoreDNS pods listen on 53, on OpenShift on 5353. */
  private static final int[] DNS_PORTS = {53, 5353};

  /** Cloud endpoints that issue credentials to pods: instance metadata, pod identity. */
  private static final int METADATA_PORT = 80;

  private NetworkPlan() {}

  /** Returns the policy; empty with {@code mode: None}, where only policies of others apply. */
  static Optional<HasMetadata> policy(Names names, PlanInput input) {
    Optional<WorkerSpec.NetworkPolicy> wanted =
        Optional.ofNullable(input.dataCore().getSpec().worker()).map(WorkerSpec::networkPolicy);
    return wanted.map(WorkerSpec.NetworkPolicy::mode).filter("None"::equals).isPresent()
        ? Optional.empty()
        : Optional.of(restricted(names, input, wanted));
  }

  private static HasMetadata restricted(
      Names names, PlanInput input, Optional<WorkerSpec.NetworkPolicy> wanted) {
    List<Integer> more = wanted.map(WorkerSpec.NetworkPolicy::egressPorts).orElse(List.of());
    return new NetworkPolicyBuilder()
        .withMetadata(names.owned(names.worker()))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(names.selector())
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .withIngress(
            new NetworkPolicyIngressRuleBuilder()
                .withPorts(port(WorkerPod.HTTP_PORT, "TCP"))
                .build(),
            management(input.defaults().operatorNamespace()))
        .withEgress(egress(input.dataCore().getSpec(), more))
        .endSpec()
        .build();
  }

  private static NetworkPolicyIngressRule management(String operatorNamespace) {
    return new NetworkPolicyIngressRuleBuilder()
        .withPorts(port(WorkerPod.MANAGEMENT_PORT, "TCP"))
        .addNewFrom()
        .withNewNamespaceSelector()
        .withMatchLabels(Map.of("kubernetes.io/metadata.name", operatorNamespace))
        .endNamespaceSelector()
        .endFrom()
        .addNewFrom()
        .withNewNamespaceSelector()
        .endNamespaceSelector()
        .withNewPodSelector()
        .withMatchLabels(Map.of("app.kubernetes.io/name", "prometheus"))
        .endPodSelector()
        .endFrom()
        .build();
  }

  private static List<NetworkPolicyEgressRule> egress(DataCoreSpec spec, List<Integer> more) {
    List<NetworkPolicyEgressRule> rules = new ArrayList<>();
    List<NetworkPolicyPort> dns = new ArrayList<>();
    for (int number : DNS_PORTS) {
      dns.add(port(number, "UDP"));
      dns.add(port(number, "TCP"));
    }
    rules.add(new NetworkPolicyEgressRuleBuilder().withPorts(dns).build());
    TreeSet<Integer> stores = new TreeSet<>(more);
    if (spec.archive().s3() != null) {
      stores.add(portOf(spec.archive().s3().endpoint()));
      if (spec.archive().s3().credentialsSecretRef() == null) {
        stores.add(METADATA_PORT);
      }
    }
    if (spec.hotStore().cassandra() != null) {
      spec.hotStore().cassandra().contactPoints().forEach(point -> stores.add(cassandra(point)));
    }
    if (!stores.isEmpty()) {
      rules.add(
          new NetworkPolicyEgressRuleBuilder()
              .withPorts(stores.stream().map(number -> port(number, "TCP")).toList())
              .build());
    }
    return rules;
  }

  /** Without an endpoint, the store is AWS, whose services use HTTPS. */
  private static int portOf(String endpoint) {
    if (endpoint == null) {
      return 443;
    }
    URI url = URI.create(endpoint);
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return "http".equals(url.getScheme()) ? 80 : 443;
  }

  private static int cassandra(String contactPoint) {
    int colon = contactPoint.lastIndexOf(':');
    String digits = contactPoint.substring(colon + 1);
    boolean hasPort = colon > 0 && digits.matches("[0-9]{1,5}");
    return hasPort ? Integer.parseInt(digits) : CASSANDRA_PORT;
  }

  private static NetworkPolicyPort port(int number, String protocol) {
    return new NetworkPolicyPort(null, new IntOrString(number), protocol);
  }
}
