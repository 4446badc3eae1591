package io.flowcore.worker.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The routes without authentication: the OpenAPI document, and a check that this worker accepts
 * requests. It says nothing about the store or the archive; the management port does.
 */
final class PublicRoutes implements HttpService {
  private static final String DOCUMENT = "/openapi.yaml";
  private static final String HEALTH = "/health";

  private final RequestHandlers handlers;
  private final Responses responses;
  private final byte[] document;

  PublicRoutes(RequestHandlers handlers, Responses responses) {
    this.handlers = handlers;
    this.responses = responses;
    try (InputStream in = PublicRoutes.class.getResourceAsStream(DOCUMENT)) {
      document = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("could not read /openapi.yaml from the class path", e);
    }
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get(
            DOCUMENT,
            (request, response) -> {
              response.header(HeaderNames.CONTENT_TYPE, "application/yaml");
              responses.sendBytes(response, document);
            })
        .any(DOCUMENT, handlers.methodNotAllowed(Method.GET))
        .get(HEALTH, (request, response) -> responses.sendJson(response, "{\"status\":\"ok\"}"))
        .any(HEALTH, handlers.methodNotAllowed(Method.GET));
  }
}
