package io.flowcore.worker.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.testing.CassandraServer;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings.Tls;
import io.flowcore.worker.store.cassandra.cql.CqlSessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Cassandra that requires authentication and mutual TLS. */
@Requires(OptionalPart.CASSANDRA)
class SecuredClusterIT {
  private static final String PASSWORD = "changeit";

  @TempDir private static Path directory;
  private static CassandraServer server;

  @BeforeAll
  static void start() throws Exception {
    createCertificates();
    server =
        CassandraServer.cluster(
                directory.resolve("cassandra"),
                1,
                "authenticator: PasswordAuthenticator",
                "authorizer: CassandraAuthorizer",
                "client_encryption_options:",
                "  enabled: true",
                "  optional: false",
                "  require_client_auth: true",
                "  keystore: " + directory.resolve("server.p12"),
                "  keystore_password: " + PASSWORD,
                "  truststore: " + directory.resolve("trust.p12"),
                "  truststore_password: " + PASSWORD,
                "  store_type: PKCS12")
            .getFirst()
            .awaitReady();
    writeCredentials("admin", "cassandra", "cassandra");
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  /**
   * Creates an authority, a server and a worker signed by it, and a worker of another authority.
   */
  private static void createCertificates() throws Exception {
    createAuthority("ca");
    createAuthority("other");
    createSignedKey("server", "ca");
    createSignedKey("worker", "ca");
    createSignedKey("stranger", "other");
    trust("trust.p12", "ca");
    for (String name : List.of("worker", "stranger")) {
      Path mount = Files.createDirectories(directory.resolve("certificate-" + name));
      exportPem(name, mount.resolve("tls.crt"), "-nokeys", "-clcerts");
      exportPem(name, mount.resolve("tls.key"), "-nocerts", "-nodes");
    }
    for (String name : List.of("ca", "other")) {
      Files.copy(
          directory.resolve(name + ".pem"),
          Files.createDirectories(directory.resolve("authority-" + name)).resolve("ca.crt"));
    }
  }

  private static String file(String name) {
    return directory.resolve(name).toString();
  }

  private static void exportPem(String name, Path target, String... content) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("openssl", "pkcs12", "-in", file(name + ".p12")));
    command.addAll(List.of("-passin", "pass:" + PASSWORD));
    command.addAll(List.of(content));
    command.addAll(List.of("-out", target.toString()));
    run(command.toArray(String[]::new));
  }

  private static void createAuthority(String name) throws Exception {
    String store = name + "-ca.p12";
    keytool(store, "-genkeypair", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "bc:c");
    keytool(store, "-exportcert", name, "-rfc", "-file", file(name + ".pem"));
  }

  private static void createSignedKey(String name, String authority) throws Exception {
    String store = name + ".p12";
    String request = file(name + ".csr");
    keytool(store, "-genkeypair", name, "-keyalg", "RSA", "-dname", "CN=" + name);
    keytool(store, "-certreq", name, "-file", request);
    String certificate = file(name + ".pem");
    keytool(
        authority + "-ca.p12",
        "-gencert",
        authority,
        "-infile",
        request,
        "-outfile",
        certificate,
        "-rfc");
    trust(store, authority);
    trust(store, name);
  }

  /** Imports a certificate into a key store. */
  private static void trust(String store, String name) throws Exception {
    keytool(store, "-importcert", name, "-noprompt", "-file", file(name + ".pem"));
  }

  private static void keytool(String store, String command, String alias, String... more)
      throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                command,
                "-alias",
                alias));
    all.addAll(List.of(more));
    all.addAll(List.of("-keystore", file(store), "-storepass", PASSWORD, "-storetype", "PKCS12"));
    run(all.toArray(String[]::new));
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static void writeCredentials(String name, String username, String password)
      throws IOException {
    Path mount = Files.createDirectories(directory.resolve(name));
    Files.writeString(mount.resolve("username"), username + "\n");
    Files.writeString(mount.resolve("password"), password);
  }

  private static CassandraSettings settings(
      String credentials, String authority, String certificate, OptionalInt replication) {
    return new CassandraSettings(
        List.of(server.contactPoint()),
        CassandraServer.DATACENTER,
        "secured",
        replication,
        Optional.of(directory.resolve(credentials)),
        Optional.of(
            new Tls(
                Optional.of(directory.resolve("authority-" + authority)),
                Optional.of(directory.resolve("certificate-" + certificate)))),
        CassandraSettings.ARCHIVE_MARGIN,
        CassandraSettings.MAX_CLOCK_SKEW);
  }

  private static void open(CassandraSettings settings) throws StoreException {
    CassandraHotStore.open(settings, "worker", Clock.systemUTC(), (events, nanos) -> {}).close();
  }

  @Test
  void onlyAWorkerWithValidCredentialsAndCertificateConnects() throws Exception {
    // Cassandra creates the first role shortly after its start.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThatCode(() -> open(settings("admin", "ca", "worker", OptionalInt.of(1))))
                .doesNotThrowAnyException());
    writeCredentials("wrong", "cassandra", "no-password");

    assertThatThrownBy(() -> open(settings("wrong", "ca", "worker", OptionalInt.of(1))))
        .hasMessageContaining("incorrect")
        .hasMessageNotContaining("no-password");
    assertThatThrownBy(() -> open(settings("admin", "other", "worker", OptionalInt.of(1))))
        .as("the worker does not trust the server's authority")
        .hasMessageContaining("cannot use any Cassandra node");
    assertThatThrownBy(() -> open(settings("admin", "ca", "stranger", OptionalInt.of(1))))
        .as("the server does not trust the worker's authority")
        .hasMessageContaining("cannot use any Cassandra node");

    aWorkerThatMustNotCreateTablesReportsWhatToDo();
  }

  private void aWorkerThatMustNotCreateTablesReportsWhatToDo() throws Exception {
    writeCredentials("limited", "limited", "limited-password");
    try (CqlSession admin =
        CqlSessions.open(settings("admin", "ca", "worker", OptionalInt.empty()))) {
      admin.execute("DROP KEYSPACE secured");
      admin.execute("CREATE ROLE limited WITH PASSWORD = 'limited-password' AND LOGIN = true");
      assertThatThrownBy(() -> open(settings("limited", "ca", "worker", OptionalInt.empty())))
          .hasMessageContaining("the keyspace secured does not exist");
      admin.execute(
          "CREATE KEYSPACE secured WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}");
      admin.execute("GRANT SELECT ON KEYSPACE secured TO limited");
      admin.execute("GRANT MODIFY ON KEYSPACE secured TO limited");
      assertThatThrownBy(() -> open(settings("limited", "ca", "worker", OptionalInt.empty())))
          .hasMessageContaining("flowcore cassandra-schema");
      CassandraSchema.statements("secured", CassandraServer.DATACENTER, OptionalInt.of(1))
          .forEach(admin::execute);
    }
    open(settings("limited", "ca", "worker", OptionalInt.empty()));
  }
}
