package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until the API server serves the kinds of flowcore.io. That takes some seconds after a CRD
 * was created, and one installation can create the CRDs and the operator.
 */
public final class ServedKinds {
  private static final Logger LOG = LoggerFactory.getLogger(ServedKinds.class);
  private static final long INTERVAL_MILLIS = 500;
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(DataCore.class, FlowType.class, EventType.class, WebhookKey.class);

  private ServedKinds() {}

  /**
   * Returns when all kinds are served, or when the operator is closed.
   *
   * @param namespaces to watch; all if empty
   * @param closed counted down when the operator is closed
   * @throws KubernetesClientException if the API server rejects the request for another reason
   */
  public static void await(KubernetesClient client, Set<String> namespaces, CountDownLatch closed) {
    String namespace = namespaces.stream().sorted().findFirst().orElse("");
    boolean logged = false;
    while (!KINDS.stream().allMatch(kind -> isServed(client, namespace, kind))) {
      if (!logged) {
        LOG.warn("The API server does not serve all kinds of flowcore.io; waiting for their CRDs");
        logged = true;
      }
      try {
        if (closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static boolean isServed(
      KubernetesClient client, String namespace, Class<? extends HasMetadata> kind) {
    try {
      var resources = client.resources(kind);
      var one = new ListOptionsBuilder().withLimit(1L).build();
      if (namespace.isEmpty()) {
        resources.inAnyNamespace().list(one);
      } else {
        resources.inNamespace(namespace).list(one);
      }
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
