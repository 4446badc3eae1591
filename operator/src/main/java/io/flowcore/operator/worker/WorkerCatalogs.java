package io.flowcore.operator.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Asks workers which catalog they have in force, and what keeps those that are not ready. */
public final class WorkerCatalogs implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final String MANAGEMENT = "management";

  /** How a worker's last line begins when it can't start. */
  private static final String FAILED = "flowcore: ";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  /**
   * What workers say, by the pod's name.
   *
   * @param reported revisions of ready workers; empty for a worker that did not answer
   * @param obstacles why the others are not ready, of those that say so
   */
  public record Report(
      Map<String, Optional<String>> reported, SortedMap<String, String> obstacles) {
    /** Ready workers. */
    public int ready() {
      return reported.size();
    }

    /** How many have a revision in force. */
    public int at(String revision) {
      return (int) reported.values().stream().filter(Optional.of(revision)::equals).count();
    }

    /** What one of those says that are not ready, to follow a sentence: mostly all say the same. */
    public String obstacle() {
      return obstacles.isEmpty()
          ? ""
          : "; " + obstacles.firstKey() + " says: " + obstacles.get(obstacles.firstKey());
    }

    /** How many did not answer. */
    public int silent() {
      return (int) reported.values().stream().filter(Optional::isEmpty).count();
    }
  }

  /** Asks all at once; waits for the slowest, two seconds at most. */
  public Report ask(List<Pod> pods) {
    Map<String, CompletableFuture<Optional<String>>> revisions = new LinkedHashMap<>();
    Map<String, CompletableFuture<Optional<String>>> obstacles = new LinkedHashMap<>();
    for (Pod pod : pods) {
      boolean goes = pod.getMetadata().getDeletionTimestamp() != null;
      if (!goes && Readiness.isPodReady(pod)) {
        revisions.put(
            pod.getMetadata().getName(), answer(pod, "/observe/catalog", WorkerCatalogs::revision));
      } else if (!goes) {
        obstacles.put(
            pod.getMetadata().getName(),
            answer(pod, "/observe/health/ready", WorkerCatalogs::obstacles));
      }
    }
    Map<String, Optional<String>> reported = new LinkedHashMap<>();
    revisions.forEach((pod, answer) -> reported.put(pod, answer.join()));
    SortedMap<String, String> said = new TreeMap<>();
    for (Pod pod : pods) {
      String name = pod.getMetadata().getName();
      Optional.ofNullable(obstacles.get(name))
          .flatMap(CompletableFuture::join)
          .or(() -> obstacles.containsKey(name) ? lastWords(pod) : Optional.empty())
          .ifPresent(why -> said.put(name, why));
    }
    return new Report(reported, said);
  }

  private CompletableFuture<Optional<String>> answer(
      Pod pod, String path, Function<HttpResponse<String>, Optional<String>> reading) {
    Optional<URI> address = address(pod, path);
    if (address.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    HttpRequest request = HttpRequest.newBuilder(address.get()).timeout(PATIENCE).build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(reading)
        // A worker that can't be reached is an answer too: it is counted as silent.
        .exceptionally(failure -> Optional.empty());
  }

  private static Optional<URI> address(Pod pod, String path) {
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
        .map(port -> URI.create("http://" + host + ":" + port + path));
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

  /** What a worker says of itself that is not ready. */
  private static Optional<String> obstacles(HttpResponse<String> response) {
    try {
      List<String> reasons = new ArrayList<>();
      JSON.readTree(response.body()).path("reasons").forEach(one -> reasons.add(one.asText()));
      return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /** What a worker said as it ended: it could not start. */
  private static Optional<String> lastWords(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).stream()
        .flatMap(status -> status.getContainerStatuses().stream())
        .map(ContainerStatus::getLastState)
        .filter(state -> state != null && state.getTerminated() != null)
        .map(state -> state.getTerminated().getMessage())
        .filter(message -> message != null)
        .flatMap(String::lines)
        .filter(line -> line.startsWith(FAILED))
        .reduce((first, second) -> second)
        .map(line -> line.substring(FAILED.length()));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
