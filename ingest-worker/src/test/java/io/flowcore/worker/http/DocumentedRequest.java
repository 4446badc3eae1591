package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.WorkerClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Locale;
import java.util.Map;

/**
 * A request that the OpenAPI document lists in {@code x-tries}.
 *
 * @param path path of the operation, with placeholders
 * @param method method of the operation; the attempt can replace it
 * @param attempt the entry of {@code x-tries}
 */
record DocumentedRequest(String path, String method, JsonNode attempt) {
  private static final Map<String, String> DEFAULT_PATH =
      Map.of(
          "tenant", "acme", "dataCore", "shop", "flowType", "orders", "eventType", "order.placed");

  /** The response, however the request was sent. */
  record Response(int status, String body) {}

  /** Sends the request with an HTTP client, to the client port or to the management port. */
  Response send(WorkerClient worker, boolean management) throws IOException {
    String actualMethod = attempt.path("method").asText(method).toUpperCase(Locale.ROOT);
    HttpRequest.Builder request = worker.bare(url());
    if (management) {
      request.uri(worker.managementUrl(url()));
    }
    String key = attempt.path("key").asText(KEY);
    if (!key.equals("none") && !key.equals("in-url")) {
      request.header(
          "Authorization",
          "Bearer " + (key.startsWith("fc_") ? key : "fc_" + key + "_0123456789abcdef"));
    }
    BodyPublisher body = BodyPublishers.noBody();
    if (attempt.has("form")) {
      request.setHeader("Content-Type", "multipart/form-data; boundary=b");
      body = BodyPublishers.ofByteArray(form(attempt.get("form")));
    } else if (attempt.has("body")) {
      request.setHeader("Content-Type", "application/json");
      body = BodyPublishers.ofString(text(attempt.get("body")));
    }
    attempt
        .path("headers")
        .properties()
        .forEach(each -> request.setHeader(each.getKey(), each.getValue().asText()));
    WorkerClient.Answer answer = worker.send(request.method(actualMethod, body).build());
    return new Response(answer.status(), answer.body());
  }

  /**
   * Sends the request over a socket, with one more header and this body, which may be incomplete.
   */
  Response sendRaw(WorkerClient worker, String header, String body) throws IOException {
    String url = url();
    try (Socket socket = Sockets.connect(worker)) {
      String type =
          url.startsWith("/file") ? "multipart/form-data; boundary=b" : "application/json";
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + url
                      + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                      + KEY
                      + "\r\nContent-Type: "
                      + type
                      + "\r\n"
                      + header
                      + "\r\n\r\n"
                      + body)
                  .getBytes(ISO_8859_1));
      String response = new String(socket.getInputStream().readAllBytes(), UTF_8);
      return new Response(
          Integer.parseInt(response.substring(9, 12)),
          response.substring(response.indexOf("\r\n\r\n") + 4));
    }
  }

  private String url() {
    String url = path;
    for (Map.Entry<String, String> each : DEFAULT_PATH.entrySet()) {
      String value = attempt.path("path").path(each.getKey()).asText(each.getValue());
      url = url.replace("{" + each.getKey() + "}", value);
    }
    for (Map.Entry<String, JsonNode> each : attempt.path("path").properties()) {
      url = url.replace("{" + each.getKey() + "}", each.getValue().asText());
    }
    url = url.replaceAll("\\{\\w+}", "x");
    StringBuilder query = new StringBuilder();
    attempt
        .path("query")
        .properties()
        .forEach(each ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(each.getKey())
                .append('=')
                .append(URLEncoder.encode(each.getValue().asText(), UTF_8)));
    if (attempt.path("key").asText().equals("in-url")) {
      query.append(query.isEmpty() ? '?' : '&').append("key=").append(KEY);
    }
    return attempt.path("prefix").asText() + url + query;
  }

  private static byte[] form(JsonNode fields) throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey().equals("file") ? "file\"; filename=\"a.txt" : field.getKey();
      form.write(
          ("--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n").getBytes(UTF_8));
      form.write(text(field.getValue()).getBytes(UTF_8));
      form.write("\r\n".getBytes(UTF_8));
    }
    form.write("--b--\r\n".getBytes(UTF_8));
    return form.toByteArray();
  }

  private static String text(JsonNode value) {
    return value.isObject()
        ? value
            .get("repeat")
            .asText()
            .replace("%s", value.get("with").asText().repeat(value.get("times").asInt()))
        : value.asText();
  }
}
