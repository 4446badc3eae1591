package io.flowcore.operator.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Runs the operator without a real API server. The mock has no server-side apply, field managers or
 * RBAC; tests that depend on these run only on the real API server.
 */
class MockServerStoriesIT extends OperatorFixture
    implements ApplyStories, KeyStories, ReferenceStories, RejectionStories, RoutingStories {
  private static KubernetesMockServer server;
  private static KubernetesClient admin;

  @BeforeAll
  static void startServer() {
    server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new ApplyAsMerge(), false);
    server.init();
    for (Class<?> kind :
        List.of(DataCore.class, FlowType.class, EventType.class, WebhookKey.class)) {
      server.expectCustomResource(context(kind));
    }
    admin = server.createClient();
  }

  @SuppressWarnings("unchecked") // all four are custom resources
  private static CustomResourceDefinitionContext context(Class<?> kind) {
    return CustomResourceDefinitionContext.fromCustomResourceType(
        (Class<? extends io.fabric8.kubernetes.client.CustomResource<?, ?>>) kind);
  }

  @AfterAll
  static void stopServer() {
    admin.close();
    server.destroy();
  }

  @Override
  public KubernetesClient admin() {
    return admin;
  }

  @Override
  KubernetesClient createOperatorClient() {
    return server.createClient();
  }

  /** Handles a server-side apply as a creation, or as a merge patch if the object exists. */
  private static final class ApplyAsMerge extends KubernetesCrudDispatcher {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      if (request.method() != HttpMethod.PATCH) {
        return super.dispatch(request);
      }
      String path = request.getPath().replaceFirst("[?].*", "");
      if (path.endsWith("/status")) {
        return status(request, path.substring(0, path.lastIndexOf('/')));
      }
      if (!String.valueOf(request.getHeader("Content-Type")).contains("apply-patch")) {
        return super.dispatch(request);
      }
      boolean exists = handleGet(path).code() == 200;
      return exists
          ? rewritten(
              request, HttpMethod.PATCH, path, "application/merge-patch+json", json(request))
          : rewritten(
              request,
              HttpMethod.POST,
              path.substring(0, path.lastIndexOf('/')),
              "application/json",
              json(request));
    }

    /** Replaces the status with the status in the patch. */
    private MockResponse status(RecordedRequest request, String path) {
      try {
        ObjectNode object = (ObjectNode) JSON.readTree(handleGet(path).getBody().readUtf8());
        object.set("status", json(request).get("status"));
        return rewritten(request, HttpMethod.PUT, path + "/status", "application/json", object);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private MockResponse rewritten(
        RecordedRequest request, HttpMethod method, String path, String type, ObjectNode body) {
      Headers headers =
          request
              .getHeaders()
              .newBuilder()
              .removeAll("Content-Type")
              .add("Content-Type", type)
              .build();
      try {
        return super.dispatch(
            new RecordedRequest(
                request.getHttpVersion(),
                method,
                path,
                headers,
                new Buffer(JSON.writeValueAsBytes(body))));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static ObjectNode json(RecordedRequest request) {
      try {
        return (ObjectNode) JSON.readTree(request.getUtf8Body());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
