package io.flowcore.worker.archive.store.s3;

import io.flowcore.worker.archive.FaultyProxy;
import io.flowcore.worker.archive.store.s3.S3Settings.Credentials;
import io.flowcore.worker.archive.store.s3.S3Settings.Timeouts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** A real S3 server with one bucket in a directory, behind a proxy that can inject faults. */
public final class S3Server implements AutoCloseable {
  public static final String BUCKET = "archive";
  private static final Credentials CREDENTIALS =
      new Credentials("local-identity", "local-credential");

  private final S3Proxy server;
  private final FaultyProxy proxy;

  public S3Server(Path directory) throws Exception {
    Files.createDirectories(directory.resolve(BUCKET));
    server =
        S3Proxy.builder()
            .blobStore(new FilesystemNio2BlobStore(directory.toString()))
            .awsAuthentication(
                AuthenticationType.AWS_V2_OR_V4,
                CREDENTIALS.accessKeyId(),
                CREDENTIALS.secretAccessKey())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .build();
    server.start();
    proxy = new FaultyProxy(server.getPort());
  }

  /** Injects a fault into all later requests. */
  public void fault(FaultyProxy.Fault fault) {
    proxy.fault(fault);
  }

  /** Responds with 403 to all later requests whose method and path match a pattern. */
  public void forbid(String pattern) {
    proxy.forbid(pattern);
  }

  /** Responds with 503 to all later requests whose method and path match a pattern. */
  public void fail(String pattern) {
    proxy.reject("503 Service Unavailable", pattern);
  }

  /** Returns the number of requests so far. */
  public int requests() {
    return proxy.requests();
  }

  public S3Settings settings() {
    return settings(proxy.port(), Timeouts.DEFAULT);
  }

  /** Returns settings with short timeouts, for tests of faults. */
  public S3Settings settingsWithShortTimeouts() {
    return settings(
        proxy.port(),
        new Timeouts(Duration.ofMillis(700), Duration.ofSeconds(3), Duration.ofMillis(700)));
  }

  /** Returns settings for a server on a port. */
  public static S3Settings settings(int port, Timeouts timeouts) {
    return new S3Settings(
        BUCKET,
        "some/prefix",
        Optional.of("us-east-1"),
        Optional.of(URI.create("http://127.0.0.1:" + port)),
        true,
        Optional.of(() -> CREDENTIALS),
        Optional.empty(),
        Optional.empty(),
        timeouts);
  }

  @Override
  public void close() throws Exception {
    proxy.close();
    server.stop();
  }
}
