package io.flowcore.operator.cluster;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** The resource versions of a namespace, which show whether something was written. */
final class ResourceVersions {
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          DataCore.class,
          FlowType.class,
          EventType.class,
          WebhookKey.class,
          ConfigMap.class,
          Secret.class,
          Service.class,
          ServiceAccount.class,
          PersistentVolumeClaim.class,
          StatefulSet.class,
          NetworkPolicy.class,
          Ingress.class,
          Pod.class);

  private ResourceVersions() {}

  /** Returns the versions by kind and name, without Events and Leases. */
  static Map<String, String> read(KubernetesClient admin, String namespace) {
    Map<String, String> versions = new TreeMap<>();
    for (Class<? extends HasMetadata> kind : KINDS) {
      for (HasMetadata object : admin.resources(kind).inNamespace(namespace).list().getItems()) {
        versions.put(
            object.getKind() + "/" + object.getMetadata().getName(),
            object.getMetadata().getResourceVersion());
      }
    }
    return versions;
  }

  /** Waits until no version has changed for two seconds. */
  static void awaitUnchanged(KubernetesClient admin, String namespace) {
    AtomicReference<Map<String, String>> last = new AtomicReference<>(Map.of());
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          Map<String, String> now = read(admin, namespace);
          return now.equals(last.getAndSet(now));
        });
  }
}
