package io.flowcore.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.operator.cluster.WorkerPods;
import io.flowcore.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A fake of the kubelet and the StatefulSet controller. Creates the pod of each StatefulSet and
 * runs its container as a local process with the planned arguments. Mounts ConfigMaps and Secrets
 * as a kubelet does, and refreshes them only when the pod changes. Updates the status of the pod.
 */
final class Kubelet implements AutoCloseable {
  private static final long PERIOD_MILLIS = 200;
  private static final Path WORKER_JAR =
      Path.of("..", "ingest-worker", "target", "ingest-worker.jar").toAbsolutePath();

  private final KubernetesClient admin;
  private final String namespace;
  private final Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Running> running = new HashMap<>();
  private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
  private volatile Throwable failure;

  /** A started worker. */
  private static final class Running {
    private final Process process;
    private final Path root;
    private final String template;
    private final int port;
    private final int managementPort;
    private String mounted = "";
    private boolean ready;

    Running(Process process, Path root, String template, int port, int managementPort) {
      this.process = process;
      this.root = root;
      this.template = template;
      this.port = port;
      this.managementPort = managementPort;
    }
  }

  Kubelet(KubernetesClient admin, String namespace, Path directory) {
    this.admin = admin;
    this.namespace = namespace;
    this.directory = directory;
    var _ = loop.scheduleWithFixedDelay(this::reconcile, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Returns the port of a data core's worker; 0 if there is no worker. */
  synchronized int port(String set) {
    if (failure != null) {
      throw new IllegalStateException("the fake kubelet has failed", failure);
    }
    Running worker = running.get(set);
    return worker == null ? 0 : worker.port;
  }

  /** Returns the process id of a data core's worker; 0 if there is no worker. */
  synchronized long pid(String set) {
    Running worker = running.get(set);
    return worker == null ? 0 : worker.process.pid();
  }

  private synchronized void reconcile() {
    try {
      List<StatefulSet> sets = admin.apps().statefulSets().inNamespace(namespace).list().getItems();
      List<String> names = sets.stream().map(set -> set.getMetadata().getName()).toList();
      for (String gone : running.keySet().stream().filter(name -> !names.contains(name)).toList()) {
        stop(gone);
      }
      for (StatefulSet set : sets) {
        reconcile(set);
      }
    } catch (KubernetesClientException e) {
      // The API server may stop before this fake does. Otherwise the next pass retries.
      return;
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure = e;
    }
  }

  private void reconcile(StatefulSet set) throws IOException, InterruptedException {
    String name = set.getMetadata().getName();
    Running worker = running.get(name);
    String template = set.getSpec().getTemplate().toString();
    if (worker != null && (!worker.template.equals(template) || set.getSpec().getReplicas() == 0)) {
      stop(name);
      worker = null;
    }
    if (worker == null && set.getSpec().getReplicas() > 0) {
      worker = start(set, template);
      running.put(name, worker);
    }
    if (worker != null) {
      refresh(name, worker);
      updateStatus(set, worker);
    }
  }

  private Running start(StatefulSet set, String template) throws IOException {
    String name = set.getMetadata().getName();
    Path root = Files.createDirectories(directory.resolve(name));
    int port = FreePorts.next();
    int managementPort = FreePorts.next();
    Pod pod = WorkerPods.of(set, port, managementPort);
    admin.resource(pod).create();
    mount(pod, root);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-jar", WORKER_JAR.toString()));
    for (String argument : pod.getSpec().getContainers().getFirst().getArgs()) {
      command.add(argument.startsWith("/") ? root + argument : argument);
    }
    command.addAll(List.of("--host", "127.0.0.1", "--port", String.valueOf(port)));
    command.addAll(List.of("--management-port", String.valueOf(managementPort)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".log").toFile()))
            .start();
    return new Running(process, root, template, port, managementPort);
  }

  private void mount(Pod pod, Path root) throws IOException {
    for (Volume volume : pod.getSpec().getVolumes()) {
      for (VolumeMount mount : pod.getSpec().getContainers().getFirst().getVolumeMounts()) {
        if (mount.getName().equals(volume.getName())) {
          Path target = Files.createDirectories(Path.of(root + mount.getMountPath()));
          if (volume.getConfigMap() != null) {
            writeMounted(target, texts(volume.getConfigMap().getName()));
          } else if (volume.getSecret() != null) {
            writeMounted(target, secretTexts(volume.getSecret().getSecretName()));
          }
        }
      }
    }
  }

  private Map<String, byte[]> texts(String name) {
    ConfigMap map = admin.configMaps().inNamespace(namespace).withName(name).get();
    Map<String, byte[]> texts = new TreeMap<>();
    map.getData().forEach((file, text) -> texts.put(file, text.getBytes(UTF_8)));
    return texts;
  }

  private Map<String, byte[]> secretTexts(String name) {
    Secret secret = admin.secrets().inNamespace(namespace).withName(name).get();
    Map<String, byte[]> texts = new TreeMap<>();
    secret.getData().forEach((file, text) -> texts.put(file, Base64.getDecoder().decode(text)));
    return texts;
  }

  /** Writes files behind symbolic links whose target directory is replaced atomically. */
  private static void writeMounted(Path target, Map<String, byte[]> files) throws IOException {
    Path version = Files.createTempDirectory(target, "..v");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(version.resolve(file.getKey()), file.getValue());
      Path link = target.resolve(file.getKey());
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, Path.of("..data", file.getKey()));
      }
    }
    Path fresh = target.resolve("..data_tmp");
    Files.deleteIfExists(fresh);
    Files.createSymbolicLink(fresh, version.getFileName());
    Files.move(fresh, target.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private void refresh(String name, Running worker) throws IOException {
    Pod pod = admin.pods().inNamespace(namespace).withName(name + "-0").get();
    String annotations = String.valueOf(pod.getMetadata().getAnnotations());
    if (!annotations.equals(worker.mounted)) {
      mount(pod, worker.root);
      worker.mounted = annotations;
    }
  }

  private void updateStatus(StatefulSet set, Running worker)
      throws IOException, InterruptedException {
    boolean ready = worker.process.isAlive() && answersReady(worker);
    long generation = set.getMetadata().getGeneration();
    Long observed = set.getStatus() == null ? null : set.getStatus().getObservedGeneration();
    if (ready == worker.ready && observed != null && observed == generation) {
      return;
    }
    worker.ready = ready;
    String name = set.getMetadata().getName();
    admin
        .pods()
        .inNamespace(namespace)
        .withName(name + "-0")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}],
              "conditions": [{"type": "Ready", "status": "%s"}]}}
            """
                .formatted(ready ? "True" : "False"));
    admin
        .apps()
        .statefulSets()
        .inNamespace(namespace)
        .withName(name)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"replicas": 1, "updatedReplicas": 1, "readyReplicas": %d, "observedGeneration": %d}}
            """
                .formatted(ready ? 1 : 0, generation));
  }

  private boolean answersReady(Running worker) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + worker.managementPort + "/observe/health/ready"))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private void stop(String name) throws InterruptedException {
    Running worker = running.remove(name);
    admin.pods().inNamespace(namespace).withName(name + "-0").withGracePeriod(0).delete();
    worker.process.destroy();
    if (!worker.process.waitFor(40, TimeUnit.SECONDS)) {
      worker.process.destroyForcibly();
    }
  }

  /** Returns the logs of the workers, for the message of a failed test. */
  String logs() {
    StringBuilder all = new StringBuilder();
    try (var files = Files.newDirectoryStream(directory, "*.log")) {
      for (Path file : files) {
        all.append(Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  @Override
  public void close() {
    loop.shutdownNow();
    synchronized (this) {
      running.values().forEach(worker -> worker.process.destroyForcibly());
    }
  }
}
