package io.flowcore.worker.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The description of this API, for whoever asks. */
final class OpenApiRoute implements HttpService {
  private static final String DOCUMENT = "/openapi.yaml";

  private final RequestHandlers guard;
  private final Responses answers;
  private final byte[] document;

  OpenApiRoute(RequestHandlers guard, Responses answers) {
    this.guard = guard;
    this.answers = answers;
    try (InputStream in = OpenApiRoute.class.getResourceAsStream(DOCUMENT)) {
      document = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the document is part of this program", e);
    }
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get(
            DOCUMENT,
            (request, response) -> {
              response.header(HeaderNames.CONTENT_TYPE, "application/yaml");
              answers.sendBytes(response, document);
            })
        .any(DOCUMENT, guard.only(Method.GET));
  }
}
