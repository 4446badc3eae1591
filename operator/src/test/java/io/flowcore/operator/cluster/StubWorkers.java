package io.flowcore.operator.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Replaces the kubelet, the controllers of Kubernetes and the workers: creates the pod of a
 * StatefulSet, marks it as ready, and reports the catalog revision that a test sets.
 */
final class StubWorkers implements AutoCloseable {
  /** No server listens on this port. */
  private static final int HTTP_PORT = 8080;

  private final KubernetesClient admin;
  private final HttpServer server;
  private volatile String revision = "none";

  StubWorkers(KubernetesClient admin) throws IOException {
    this.admin = admin;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/observe/catalog",
        exchange -> {
          byte[] body = ("{\"loaded\":true,\"revision\":\"" + revision + "\"}").getBytes(UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  /** Sets the catalog revision that all workers report. */
  void report(String newRevision) {
    revision = newRevision;
  }

  /** Creates the pod of a StatefulSet and marks both as ready. */
  Pod run(StatefulSet set) {
    String namespace = set.getMetadata().getNamespace();
    Pod pod = WorkerPods.of(set, HTTP_PORT, server.getAddress().getPort());
    admin.resource(pod).create();
    status(
        admin.pods().inNamespace(namespace).withName(pod.getMetadata().getName()),
        """
        {"status": {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}],
          "conditions": [{"type": "Ready", "status": "True"}]}}
        """);
    settle(set);
    return pod;
  }

  /** Marks a StatefulSet as rolled out and ready. */
  void settle(StatefulSet set) {
    var resource =
        admin
            .apps()
            .statefulSets()
            .inNamespace(set.getMetadata().getNamespace())
            .withName(set.getMetadata().getName());
    status(
        resource,
        """
        {"status": {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": %d}}
        """
            .formatted(resource.get().getMetadata().getGeneration()));
  }

  /** Patches instead of updating, because the operator changes pods at the same time. */
  private static <T extends HasMetadata> void status(Resource<T> resource, String json) {
    resource.subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
