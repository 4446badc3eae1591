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
import java.util.Optional;
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
  private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int TOO_MANY_REQUESTS = 429;
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(DataCore.class, FlowType.class, EventType.class, WebhookKey.class);

  private ServedKinds() {}

  /**
   * Returns when all kinds are served, or when the operator is closed. While the API server does
   * not respond, this waits, and logs why when that changes and once a minute.
   *
   * @param namespaces to watch; all if empty
   * @param closed counted down when the operator is closed
   * @throws KubernetesClientException if the API server rejects the request for another reason
   * @throws InterruptedException if the thread is interrupted
   */
  public static void await(KubernetesClient client, Set<String> namespaces, CountDownLatch closed)
      throws InterruptedException {
    String namespace = namespaces.stream().sorted().findFirst().orElse("");
    String logged = "";
    long loggedNanos = System.nanoTime();
    while (true) {
      Optional<String> obstacle = obstacle(client, namespace);
      if (obstacle.isEmpty()) {
        return;
      }
      boolean due = System.nanoTime() - loggedNanos > REPEAT_NANOS;
      if (due || !logged.equals(obstacle.get())) {
        LOG.warn("Waiting for the API server: {}", obstacle.get());
        logged = obstacle.get();
        loggedNanos = System.nanoTime();
      }
      if (closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  private static Optional<String> obstacle(KubernetesClient client, String namespace)
      throws InterruptedException {
    try {
      return KINDS.stream().allMatch(kind -> isServed(client, namespace, kind))
          ? Optional.empty()
          : Optional.of("it does not serve all kinds of flowcore.io; install their CRDs");
    } catch (KubernetesClientException e) {
      if (Thread.interrupted()) {
        throw (InterruptedException) new InterruptedException().initCause(e);
      }
      if (!isTransient(e.getCode())) {
        throw e;
      }
      return Optional.of(e.getCode() <= 0 ? "it does not respond" : e.getMessage());
    }
  }

  /** Without a response, the code is 0 or -1. */
  private static boolean isTransient(int code) {
    return code <= 0 || code == TOO_MANY_REQUESTS || code >= HttpURLConnection.HTTP_INTERNAL_ERROR;
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
