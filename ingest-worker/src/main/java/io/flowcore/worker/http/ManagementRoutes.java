package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/**
 * Health, metrics and the active catalog. Served on the management port, which must not be exposed
 * to clients.
 */
final class ManagementRoutes implements HttpService {
  private final LiveCatalog catalog;
  private final Readiness readiness;
  private final WorkerMetrics metrics;
  private final Responses responses;

  ManagementRoutes(
      LiveCatalog catalog, Readiness readiness, WorkerMetrics metrics, Responses responses) {
    this.responses = responses;
    this.catalog = catalog;
    this.readiness = readiness;
    this.metrics = metrics;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/observe/health/live", this::live)
        .get("/observe/health/ready", this::ready)
        .get("/observe/metrics", this::metrics)
        .get("/observe/catalog", this::catalog)
        .any(this::notFound);
  }

  private void notFound(ServerRequest request, ServerResponse response) {
    responses.sendError(
        response,
        new ApiException(
            ErrorCode.NOT_FOUND,
            "no resource at this URL; use GET with /observe/health/live, /observe/health/ready,"
                + " /observe/metrics or /observe/catalog"));
  }

  private void live(ServerRequest request, ServerResponse response) {
    sendHealth(response, readiness.fatal().stream().toList(), List.of());
  }

  private void ready(ServerRequest request, ServerResponse response) {
    sendHealth(response, readiness.obstacles(), readiness.warnings());
  }

  private static void sendHealth(
      ServerResponse response, List<String> obstacles, List<String> warnings) {
    ObjectNode body =
        JsonNodeFactory.instance.objectNode().put("status", obstacles.isEmpty() ? "UP" : "DOWN");
    ArrayNode reasons = body.putArray("reasons");
    obstacles.forEach(reasons::add);
    warnings.forEach(reasons::add);
    send(response, obstacles.isEmpty() ? 200 : 503, body);
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    response.headers().contentType(MediaTypes.TEXT_PLAIN);
    response.send(metrics.scrape());
  }

  private void catalog(ServerRequest request, ServerResponse response) {
    LiveCatalog.Status status = catalog.status();
    var active = catalog.current().catalog();
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("loaded", status.loaded())
            .put("revision", active.revision())
            .put("loadedAt", status.loadedAt().toString())
            .put("dataCores", active.dataCores().size())
            .put("eventTypes", active.eventTypeCount())
            .put("keys", active.keys().size());
    ArrayNode rejected = body.putArray("refused");
    status.rejections().forEach(rejected::add);
    send(response, 200, body);
  }

  private static void send(ServerResponse response, int status, ObjectNode body) {
    response
        .status(Status.create(status))
        .header(HeaderValues.CONTENT_TYPE_JSON)
        .send(body.toString());
  }
}
