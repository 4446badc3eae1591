package io.flowcore.worker.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.worker.event.LoneSurrogates;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Queries the events of one type from a worker. Retries while the worker is busy. */
final class QueryClient implements AutoCloseable {
  /** Reads every event that a worker accepts: events of other senders must not stop a download. */
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(Integer.MAX_VALUE)
                      .maxNumberLength(Integer.MAX_VALUE)
                      .maxStringLength(Integer.MAX_VALUE)
                      .maxNameLength(Integer.MAX_VALUE)
                      .build())
              .build());

  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int MAX_ATTEMPTS = 10;

  private final EventTypeUrl target;
  private final String key;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  QueryClient(EventTypeUrl target, String key) {
    this.target = target;
    this.key = key;
  }

  /** Returns the fields that every query contains. */
  ObjectNode names() {
    ObjectNode body =
        JSON.createObjectNode()
            .put("tenant", target.tenant())
            .put("dataCoreId", target.dataCore())
            .put("flowType", target.flowType());
    body.putArray("eventTypes").add(target.eventType());
    return body;
  }

  /**
   * Posts a query and returns the response. If a worker is busy (429 or 503), the request is
   * repeated after its {@code Retry-After}, up to 10 times.
   *
   * @throws IOException with the worker's status and message if it responds with an error
   */
  JsonNode post(String path, ObjectNode body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(target.base() + path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    for (int attempt = 1; ; attempt++) {
      HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
      try (InputStream bodyStream = response.body()) {
        boolean busy = response.statusCode() == 503 || response.statusCode() == 429;
        if (response.statusCode() == 200) {
          byte[] page = bodyStream.readAllBytes();
          return JSON.readTree(LoneSurrogates.mask(page, 0, page.length));
        }
        if (!busy || attempt == MAX_ATTEMPTS) {
          throw new IOException("the worker responded with " + explain(response, bodyStream));
        }
      }
      TimeUnit.SECONDS.sleep(response.headers().firstValueAsLong("Retry-After").orElse(1));
    }
  }

  private static String explain(HttpResponse<?> response, InputStream body) throws IOException {
    byte[] start = body.readNBytes(4 << 10);
    try {
      return response.statusCode() + ": " + JSON.readTree(start).path("message").asText();
    } catch (IOException e) {
      return String.valueOf(response.statusCode());
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
