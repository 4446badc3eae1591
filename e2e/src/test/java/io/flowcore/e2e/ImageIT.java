package io.flowcore.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.testing.FreePorts;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the unpacked images as the image's user in a mount namespace, with the image as a read-only
 * root file system. Requires the images' tars ({@code -Pimages}) and root on Linux.
 */
@Requires({OptionalPart.IMAGES, OptionalPart.MOUNT_NAMESPACES})
class ImageIT {
  private static final Path WORKER = Path.of("../ingest-worker/target/jib-image.tar");
  private static final Path OPERATOR = Path.of("../operator/target/jib-image.tar");
  private static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";

  /** Arguments: the root, the directory to mount at /resources, the image's PATH, the command. */
  private static final String RUN =
      """
      set -e
      root=$1 resources=$2 path=$3; shift 3
      mount --bind "$root" "$root"
      mount -t proc proc "$root/proc"
      mount --bind /dev "$root/dev"
      mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
      mount -t tmpfs -o uid=10001,gid=10001 tmpfs "$root/var/lib/flowcore"
      mount --bind "$resources" "$root/resources"
      mount -o remount,ro,bind "$root"
      exec env -i PATH="$path:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 chroot --userspec=10001:10001 "$root" "$@"
      """;

  @TempDir private Path directory;

  /** An unpacked image. */
  private record Image(Path root, JsonNode config, int layers) {
    String path() {
      for (JsonNode variable : config.at("/config/Env")) {
        if (variable.asText().startsWith("PATH=")) {
          return variable.asText().substring("PATH=".length());
        }
      }
      throw new AssertionError("the image has no PATH");
    }

    /** Returns whether the base image is the one that images/base.sh builds. */
    boolean isOnOwnBase() {
      return path().equals("/opt/java/bin");
    }

    List<String> command(String... arguments) {
      List<String> command = new ArrayList<>();
      config.at("/config/Entrypoint").forEach(word -> command.add(word.asText()));
      command.addAll(List.of(arguments));
      return command;
    }
  }

  private Image unpack(Path tar) throws IOException, InterruptedException {
    Path parts = Files.createDirectories(directory.resolve("parts"));
    Path root = Files.createDirectories(directory.resolve("root"));
    run("tar", "-C", parts.toString(), "-xf", tar.toAbsolutePath().toString());
    JsonNode manifest = new ObjectMapper().readTree(parts.resolve("manifest.json").toFile()).get(0);
    for (JsonNode layer : manifest.path("Layers")) {
      run(
          "tar",
          "--warning=no-unknown-keyword",
          "-C",
          root.toString(),
          "-xf",
          parts.resolve(layer.asText()).toString());
    }
    for (String mount : List.of("proc", "dev", "resources")) {
      Files.createDirectories(root.resolve(mount));
    }
    return new Image(
        root,
        new ObjectMapper().readTree(parts.resolve(manifest.path("Config").asText()).toFile()),
        manifest.path("Layers").size());
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
    return output;
  }

  private Process start(Image image, Path log, List<String> command) throws IOException {
    List<String> all = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", RUN, "run"));
    all.add(image.root().toString());
    all.add(Path.of("../examples/quickstart").toAbsolutePath().normalize().toString());
    all.add(image.path());
    all.addAll(command);
    return new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  @Test
  void workerImageStoresAndReturnsAnEventOnReadOnlyRootAsNonRootUser() throws Exception {
    Image image = unpack(WORKER);
    assertThat(image.config().at("/config/User").asText()).isEqualTo("10001:10001");
    assertThat(image.config().at("/config/Env").toString()).contains("\"MALLOC_ARENA_MAX=2\"");
    assertThat(image.config().at("/config/Labels/org.opencontainers.image.licenses").asText())
        .isEqualTo("Apache-2.0");
    assertThat(image.layers())
        .as("layers; libraries are separate from classes")
        .isGreaterThanOrEqualTo(4);
    assertThat(image.root().resolve("app/sbom/bom.json")).exists();
    int port = FreePorts.next();
    int management = FreePorts.next();
    Path log = directory.resolve("worker.log");
    Process worker =
        start(
            image,
            log,
            image.command(
                "up",
                "--resources",
                "/resources",
                "--data",
                "/var/lib/flowcore",
                "--port",
                String.valueOf(port),
                "--management-port",
                String.valueOf(management)));
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreException(ConnectException.class)
          .until(() ->
              send(HttpRequest.newBuilder(uri(management, "/observe/health/ready"))).statusCode()
                  == 200);
      HttpResponse<String> stored =
          send(
              HttpRequest.newBuilder(uri(port, "/event/acme/shop/orders/order.placed"))
                  .header("Authorization", KEY)
                  .POST(HttpRequest.BodyPublishers.ofString("{\"from\":\"an image\"}")));
      assertThat(stored.statusCode()).as(stored.body() + Files.readString(log)).isEqualTo(200);
      String hour =
          DateTimeFormatter.ofPattern("yyyyMMddHH0000")
              .withZone(ZoneOffset.UTC)
              .format(Instant.now());
      HttpResponse<String> read =
          send(
              HttpRequest.newBuilder(uri(port, "/api/v1/events"))
                  .header("Authorization", KEY)
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],\"timeBucket\":\"%s\"}"
                              .formatted(hour))));
      assertThat(read.body()).contains("{\"from\":\"an image\"}");
      assertThat(processOf(worker)).as("user of the process").contains("Uid:\t10001");
    } finally {
      worker.descendants().forEach(ProcessHandle::destroy);
      worker.destroy();
      assertThat(worker.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String processOf(Process process) throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/status"));
  }

  @Test
  void operatorImageStarts() throws Exception {
    Image image = unpack(OPERATOR);
    assertThat(image.config().at("/config/User").asText()).isEqualTo("10001:10001");
    Path log = directory.resolve("operator.log");
    Process operator = start(image, log, image.command("--help"));
    assertThat(operator.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(log)).contains("Usage: flowcore-operator");
    if (image.isOnOwnBase()) {
      try (Stream<Path> files = Files.list(image.root())) {
        assertThat(files.map(Path::getFileName).map(Path::toString))
            .as("root directory, without shell and package manager")
            .doesNotContain("bin", "usr", "root");
      }
    }
  }

  private static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
  }
}
