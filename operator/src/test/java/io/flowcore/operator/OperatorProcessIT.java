package io.flowcore.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator as a process, before its API server responds. */
class OperatorProcessIT {
  @TempDir private Path directory;

  private Process start(int managementPort, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Dlogback.configurationFile=logback.xml",
            "-Dkubernetes.auth.tryKubeConfig=false",
            "-Dkubernetes.auth.tryServiceAccount=false",
            "-Dkubernetes.request.retry.backoffLimit=0",
            "-Dkubernetes.master=http://127.0.0.1:" + FreePorts.next(),
            "-cp",
            System.getProperty("java.class.path"),
            OperatorMain.class.getName(),
            "--no-leader-election",
            "--management-port",
            String.valueOf(managementPort))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  @Test
  void anOperatorWaitsForItsApiServerAndExitsWithZeroAfterSigterm() throws Exception {
    int port = FreePorts.next();
    Path output = directory.resolve("out");
    Process operator = start(port, output);
    try (HttpClient client = HttpClient.newHttpClient()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              !operator.isAlive()
                  || Files.readString(output).contains("Waiting for the API server"));
      assertThat(operator.isAlive()).as(() -> read(output)).isTrue();
      assertThat(probe(client, port, "live").statusCode()).isEqualTo(200);
      assertThat(probe(client, port, "ready").statusCode()).isEqualTo(503);

      operator.destroy();

      assertThat(operator.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(operator.exitValue()).as(() -> read(output)).isZero();
      assertThat(read(output)).contains("it does not respond", "Stopped").doesNotContain("\tat ");
    } finally {
      operator.destroyForcibly();
    }
  }

  private static HttpResponse<String> probe(HttpClient client, int port, String name)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/observe/health/" + name);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
