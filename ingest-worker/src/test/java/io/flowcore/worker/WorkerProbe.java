package io.flowcore.worker;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Reads the management port of a worker, also while it starts and stops. */
final class WorkerProbe implements AutoCloseable {
  private final HttpClient client = HttpClient.newHttpClient();
  private final int port;

  WorkerProbe(int managementPort) {
    port = managementPort;
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  String ready() throws IOException, InterruptedException {
    return get("/observe/health/ready").body();
  }

  String metrics() throws IOException, InterruptedException {
    return get("/observe/metrics").body();
  }

  @Override
  public void close() {
    client.close();
  }
}
