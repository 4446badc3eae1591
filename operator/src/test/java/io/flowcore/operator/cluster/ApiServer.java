package io.flowcore.operator.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.testing.FreePorts;
import io.flowcore.testing.OptionalPart;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Runs kube-apiserver and etcd as processes on free ports of the loopback interface. The binaries
 * are in the directory of the environment variable {@code KUBEBUILDER_ASSETS}.
 */
final class ApiServer implements AutoCloseable {
  /** The operator's user, to which the shipped roles are bound. */
  public static final String OPERATOR = "system:serviceaccount:flowcore-system:flowcore-operator";

  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final Subject SUBJECT = new Subject(RBAC, "User", OPERATOR, null);
  private static final String ADMIN_TOKEN = "admin-token-of-a-test";
  private static final String OPERATOR_TOKEN = "operator-token-of-a-test";
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  private final List<Process> processes = new ArrayList<>();
  private final Path directory;
  private final Path assets;
  private final int etcdPort;
  private final int port;

  private ApiServer(Path assets, Path directory) throws IOException {
    this.directory = directory;
    this.assets = assets;
    etcdPort = FreePorts.next();
    int peerPort = FreePorts.next();
    port = FreePorts.next();
    boolean started = false;
    try {
      start(
          "etcd",
          assets.resolve("etcd").toString(),
          "--data-dir=" + directory.resolve("etcd"),
          "--listen-client-urls=http://127.0.0.1:" + etcdPort,
          "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
          "--listen-peer-urls=http://127.0.0.1:" + peerPort,
          "--initial-advertise-peer-urls=http://127.0.0.1:" + peerPort,
          "--initial-cluster=default=http://127.0.0.1:" + peerPort,
          "--unsafe-no-fsync");
      serve();
      awaitReady();
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private void serve() throws IOException {
    start(
        "kube-apiserver",
        assets.resolve("kube-apiserver").toString(),
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--secure-port=" + port,
        "--bind-address=127.0.0.1",
        "--cert-dir=" + directory.resolve("certificates"),
        "--token-auth-file=" + tokens(),
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + signingKey(),
        "--service-account-signing-key-file=" + signingKey(),
        "--disable-admission-plugins=ServiceAccount",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none");
  }

  /** Kills the API server; etcd keeps the data. */
  public void fail() {
    kill(processes.removeLast());
  }

  /** Restarts the API server. */
  public void recover() throws IOException {
    serve();
    awaitReady();
  }

  /**
   * Starts with empty data in a directory. A suite that uses it declares {@link
   * OptionalPart#API_SERVER}.
   */
  public static ApiServer start(Path directory) throws IOException {
    OptionalPart.API_SERVER.require();
    return new ApiServer(OptionalPart.apiServerAssets().orElseThrow(), directory);
  }

  private void start(String name, String... command) throws IOException {
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(name + ".log").toFile())
            .start());
  }

  private Path tokens() throws IOException {
    return Files.writeString(
        directory.resolve("tokens.csv"),
        ADMIN_TOKEN
            + ",admin,admin,\"system:masters\"\n"
            + OPERATOR_TOKEN
            + ","
            + OPERATOR
            + ",operator,\"system:serviceaccounts\"\n");
  }

  private Path signingKey() throws IOException {
    Path file = directory.resolve("service-accounts.pem");
    if (Files.exists(file)) {
      return file;
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
      return Files.writeString(
          file,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(key)
              + "\n-----END PRIVATE KEY-----\n");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform supports RSA", e);
    }
  }

  private void awaitReady() {
    try (KubernetesClient client = admin()) {
      Awaitility.await()
          .atMost(START_TIMEOUT)
          .ignoreExceptionsInstanceOf(KubernetesClientException.class)
          .until(() -> {
            for (Process process : processes) {
              if (!process.isAlive()) {
                throw new IllegalStateException(
                    "a server stopped at once; see its log in " + directory);
              }
            }
            // The default roles are created a moment after the server responds.
            return client.namespaces().withName("default").get() != null
                && client.rbac().clusterRoleBindings().withName("system:basic-user").get() != null;
          });
    }
  }

  /** Writes a kubeconfig file with the operator's permissions. */
  public Path operatorKubeconfig() throws IOException {
    return kubeconfig("operator", OPERATOR_TOKEN);
  }

  /** Writes a kubeconfig file with all permissions. */
  public Path adminKubeconfig() throws IOException {
    return kubeconfig("admin", ADMIN_TOKEN);
  }

  private Path kubeconfig(String user, String token) throws IOException {
    return Files.writeString(
        directory.resolve(user + ".kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: test, cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}}]
        users: [{name: test, user: {token: %s}}]
        contexts: [{name: test, context: {cluster: test, user: test}}]
        current-context: test
        """
            .formatted(port, token));
  }

  /** Installs the CRDs, the shipped roles and the deletion policy. */
  public static void install(KubernetesClient admin, Path project) throws IOException {
    try (DirectoryStream<Path> crds =
        Files.newDirectoryStream(project.resolve("crds/manifests"), "*.yaml")) {
      for (Path crd : crds) {
        create(admin, crd);
      }
    }
    namespace(admin, "flowcore-system");
    bindShippedRoles(admin, project.resolve("operator/manifests"));
    create(admin, project.resolve("operator/manifests/deletion-protection.yaml"));
  }

  private static void create(KubernetesClient admin, Path manifest) throws IOException {
    try (InputStream in = Files.newInputStream(manifest)) {
      admin.load(in).create();
    }
  }

  /** Creates a namespace. */
  public static void namespace(KubernetesClient admin, String name) {
    admin
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  /** Creates a client with all permissions. */
  public KubernetesClient admin() {
    return client(ADMIN_TOKEN);
  }

  /** Creates a client with the permissions of {@link #OPERATOR}. */
  public KubernetesClient operator() {
    return client(OPERATOR_TOKEN);
  }

  private KubernetesClient client(String token) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://127.0.0.1:" + port)
            .withTrustCerts(true)
            .withOauthToken(token)
            .withRequestRetryBackoffLimit(0)
            .build();
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  private static void bindShippedRoles(KubernetesClient admin, Path manifests) throws IOException {
    try (var in = Files.newInputStream(manifests.resolve("rbac.yaml"))) {
      admin
          .load(in)
          .items()
          .forEach(item -> {
            if (item.getKind().equals("Role")) {
              item.getMetadata().setNamespace("flowcore-system");
            }
            admin.resource(item).create();
          });
    }
    bindCluster(admin, "flowcore-operator");
    bindCluster(admin, "flowcore-operator-crds");
    admin
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace("flowcore-system")
                .withName("flowcore-operator-leader-election")
                .endMetadata()
                .withRoleRef(new RoleRef(RBAC, "Role", "flowcore-operator-leader-election"))
                .withSubjects(SUBJECT)
                .build())
        .create();
  }

  private static void bindCluster(KubernetesClient admin, String role) {
    admin
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(role)
                .endMetadata()
                .withRoleRef(new RoleRef(RBAC, "ClusterRole", role))
                .withSubjects(SUBJECT)
                .build())
        .create();
  }

  @Override
  public void close() {
    processes.reversed().forEach(ApiServer::kill);
  }

  private static void kill(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
