package io.flowcore.operator.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Asks workers which catalog they have in force. */
public final class WorkerCatalogs implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final String MANAGEMENT = "management";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  /**
   * The revisions that ready workers report, by the pod's name.
   *
   * @param reported empty for a worker that did not answer
   */
  public record Report(Map<String, Optional<String>> reported) {
    /** Ready workers. */
    public int ready() {
      return reported.size();
    }

    /** How many have a revision in force. */
    public int at(String revision) {
      return (int) reported.values().stream().filter(Optional.of(revision)::equals).count();
    }

    /** How many did not answer. */
    public int silent() {
      return (int) reported.values().stream().filter(Optional::isEmpty).count();
    }
  }

  /** Asks all at once; waits for the slowest, two seconds at most. */
  public Report ask(List<Pod> pods) {
    Map<String, CompletableFuture<Optional<String>>> answers = new LinkedHashMap<>();
    for (Pod pod : pods) {
      boolean goes = pod.getMetadata().getDeletionTimestamp() != null;
      if (!goes && Readiness.isPodReady(pod)) {
        answers.put(pod.getMetadata().getName(), revision(pod));
      }
    }
    Map<String, Optional<String>> reported = new LinkedHashMap<>();
    answers.forEach((pod, answer) -> reported.put(pod, answer.join()));
    return new Report(reported);
  }

  private CompletableFuture<Optional<String>> revision(Pod pod) {
    Optional<URI> address = address(pod);
    if (address.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    HttpRequest request = HttpRequest.newBuilder(address.get()).timeout(PATIENCE).build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(WorkerCatalogs::revision)
        // A worker that can't be reached is an answer too: it is counted as silent.
        .exceptionally(failure -> Optional.empty());
  }

  private static Optional<URI> address(Pod pod) {
    String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
    if (ip == null || ip.isEmpty()) {
      return Optional.empty();
    }
    String host = ip.contains(":") ? "[" + ip + "]" : ip;
    return pod.getSpec().getContainers().stream()
        .flatMap(container -> container.getPorts().stream())
        .filter(port -> MANAGEMENT.equals(port.getName()))
        .map(ContainerPort::getContainerPort)
        .findFirst()
        .map(port -> URI.create("http://" + host + ":" + port + "/observe/catalog"));
  }

  private static Optional<String> revision(HttpResponse<String> response) {
    try {
      JsonNode body = JSON.readTree(response.body());
      return response.statusCode() == 200 && body.path("loaded").asBoolean()
          ? Optional.ofNullable(body.path("revision").textValue())
          : Optional.empty();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
