package io.flowcore.worker.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

/** Asks a worker for the events of one type, and comes back when it is busy. */
final class QueryClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int ATTEMPTS = 10;

  private final EventTypeUrl target;
  private final String key;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  QueryClient(EventTypeUrl target, String key) {
    this.target = target;
    this.key = key;
  }

  /** The names that every query carries. */
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
   * Posts a query.
   *
   * @throws IOException with what the worker answered, if that is an error
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
      try (InputStream answer = response.body()) {
        boolean busy = response.statusCode() == 503 || response.statusCode() == 429;
        if (response.statusCode() == 200) {
          return JSON.readTree(answer);
        }
        if (!busy || attempt == ATTEMPTS) {
          throw new IOException("the worker answered " + explain(response, answer));
        }
      }
      TimeUnit.SECONDS.sleep(response.headers().firstValueAsLong("Retry-After").orElse(1));
    }
  }

  private static String explain(HttpResponse<?> response, InputStream answer) throws IOException {
    byte[] start = answer.readNBytes(4 << 10);
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
