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

/** Queries workers for the catalog that they have loaded, and why they are not ready. */
public final class WorkerClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final String MANAGEMENT_PORT = "management";

  /** Prefix of the line that a worker writes last when it cannot start. */
  private static final String START_FAILURE = "flowcore: ";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /**
   * The responses of the workers, by the name of their pods.
   *
   * @param revisions the catalog revisions of ready workers; empty if a worker has not loaded a
   *     catalog or did not respond
   * @param notReadyReasons why the other workers are not ready, if known
   */
  public record Report(
      Map<String, Optional<String>> revisions, SortedMap<String, String> notReadyReasons) {
    /** Returns the number of ready workers. */
    public int ready() {
      return revisions.size();
    }

    /** Returns the number of ready workers that have loaded a revision. */
    public int loaded(String revision) {
      return (int) revisions.values().stream().filter(Optional.of(revision)::equals).count();
    }

    /**
     * Returns why the first worker is not ready, as the end of a sentence; empty if unknown. In
     * most cases all workers report the same reason.
     */
    public String notReadyReason() {
      return notReadyReasons.isEmpty()
          ? ""
          : "; "
              + notReadyReasons.firstKey()
              + " reports: "
              + notReadyReasons.get(notReadyReasons.firstKey());
    }

    /** Returns the number of ready workers that did not respond with a revision. */
    public int silent() {
      return (int) revisions.values().stream().filter(Optional::isEmpty).count();
    }
  }

  /** Queries all workers in parallel; waits for the slowest, at most two seconds. */
  public Report query(List<Pod> pods) {
    Map<String, CompletableFuture<Optional<String>>> revisions = new LinkedHashMap<>();
    Map<String, CompletableFuture<Optional<String>>> reasons = new LinkedHashMap<>();
    for (Pod pod : pods) {
      boolean terminating = pod.getMetadata().getDeletionTimestamp() != null;
      if (!terminating && Readiness.isPodReady(pod)) {
        revisions.put(
            pod.getMetadata().getName(), get(pod, "/observe/catalog", WorkerClient::revision));
      } else if (!terminating) {
        reasons.put(
            pod.getMetadata().getName(),
            get(pod, "/observe/health/ready", WorkerClient::notReadyReason));
      }
    }
    Map<String, Optional<String>> loadedRevisions = new LinkedHashMap<>();
    revisions.forEach((pod, answer) -> loadedRevisions.put(pod, answer.join()));
    SortedMap<String, String> notReadyReasons = new TreeMap<>();
    for (Pod pod : pods) {
      String name = pod.getMetadata().getName();
      Optional.ofNullable(reasons.get(name))
          .flatMap(CompletableFuture::join)
          .or(() -> reasons.containsKey(name) ? startFailure(pod) : Optional.empty())
          .ifPresent(reason -> notReadyReasons.put(name, reason));
    }
    return new Report(loadedRevisions, notReadyReasons);
  }

  private CompletableFuture<Optional<String>> get(
      Pod pod, String path, Function<HttpResponse<String>, Optional<String>> reader) {
    Optional<URI> address = address(pod, path);
    if (address.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    HttpRequest request = HttpRequest.newBuilder(address.get()).timeout(TIMEOUT).build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(reader)
        // A worker that cannot be reached is counted as silent; it must not fail the query.
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
        .filter(port -> MANAGEMENT_PORT.equals(port.getName()))
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

  /** Returns the reasons that a worker reports for not being ready. */
  private static Optional<String> notReadyReason(HttpResponse<String> response) {
    try {
      List<String> reasons = new ArrayList<>();
      JSON.readTree(response.body()).path("reasons").forEach(one -> reasons.add(one.asText()));
      return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /** Returns the reason that a worker wrote to its termination message when it could not start. */
  private static Optional<String> startFailure(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).stream()
        .flatMap(status -> status.getContainerStatuses().stream())
        .map(ContainerStatus::getLastState)
        .filter(state -> state != null && state.getTerminated() != null)
        .map(state -> state.getTerminated().getMessage())
        .filter(message -> message != null)
        .flatMap(String::lines)
        .filter(line -> line.startsWith(START_FAILURE))
        .reduce((first, second) -> second)
        .map(line -> line.substring(START_FAILURE.length()));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
