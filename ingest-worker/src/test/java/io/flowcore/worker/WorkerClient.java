package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A client for a worker on the loopback interface that serves the quickstart. */
public abstract class WorkerClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Returns the port for clients. */
  public abstract int port();

  /** Returns the port of health checks and metrics. */
  public abstract int managementPort();

  public final URI url(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  public final URI managementUrl(String path) {
    return URI.create("http://127.0.0.1:" + managementPort() + path);
  }

  /** Returns a request with the key of the quickstart. */
  public final HttpRequest.Builder request(String path) {
    return bare(path).header("Authorization", "Bearer " + TestWorker.KEY);
  }

  /** Returns a request without a key. */
  public final HttpRequest.Builder bare(String path) {
    return HttpRequest.newBuilder(url(path)).timeout(Duration.ofSeconds(30));
  }

  public final Answer post(String path, String body, String... headers) {
    return post(path, body.getBytes(UTF_8), headers);
  }

  public final Answer post(String path, byte[] body, String... headers) {
    HttpRequest.Builder request = request(path).POST(BodyPublishers.ofByteArray(body));
    boolean typed = false;
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
      typed |= headers[i].equalsIgnoreCase("Content-Type");
    }
    if (!typed) {
      request.header("Content-Type", "application/json");
    }
    return send(request.build());
  }

  public final Answer get(String path) {
    return send(request(path).build());
  }

  public final Answer management(String path) {
    return send(HttpRequest.newBuilder(managementUrl(path)).build());
  }

  public final Answer send(HttpRequest request) {
    try {
      HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString(UTF_8));
      return new Answer(response.statusCode(), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Queries all events of a type over HTTP, oldest first. */
  public final List<JsonNode> events(String eventType) {
    List<JsonNode> events = new ArrayList<>();
    forEachEvent(eventType, events::add);
    return events;
  }

  /** Queries all events of a type over HTTP, oldest first, page by page. */
  public final void forEachEvent(String eventType, Consumer<JsonNode> consumer) {
    String id = TestWorker.typeId(eventType).toString();
    for (JsonNode bucket :
        get("/api/v1/time-buckets?eventTypeId=" + id).json().get("timeBuckets")) {
      String cursor = "";
      do {
        JsonNode page =
            get("/api/v1/events?eventTypeId=" + id + "&timeBucket=" + bucket.asText() + cursor)
                .json();
        page.get("events").forEach(consumer);
        cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
      } while (!cursor.isEmpty());
    }
  }

  /** Returns the number of stored events of all types. */
  public final int stored() {
    return events("order.placed").size() + events("order.shipped").size();
  }

  /** A response of the worker. */
  public record Answer(int status, HttpResponse<String> response) {
    public JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(response.body(), e);
      }
    }

    public String body() {
      return response.body();
    }

    public String error() {
      return json().path("error").asText();
    }

    public String message() {
      return json().path("message").asText();
    }
  }
}
