package io.flowcore.worker.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Serves the OpenAPI document, without authentication. */
final class OpenApiRoute implements HttpService {
  private static final String DOCUMENT = "/openapi.yaml";

  private final RequestHandlers handlers;
  private final Responses responses;
  private final byte[] document;

  OpenApiRoute(RequestHandlers handlers, Responses responses) {
    this.handlers = handlers;
    this.responses = responses;
    try (InputStream in = OpenApiRoute.class.getResourceAsStream(DOCUMENT)) {
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
        .any(DOCUMENT, handlers.methodNotAllowed(Method.GET));
  }
}
