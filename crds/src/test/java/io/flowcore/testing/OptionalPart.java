package io.flowcore.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Something that some suites need and a machine may lack. A suite declares it with {@link
 * Requires}, and is then skipped, with the reason, where it is missing.
 *
 * <p>The environment variable {@value #HIDE} hides parts that are present: a comma-separated list
 * of names such as {@code api-server,node}. The build uses it to see that the suites are skipped.
 */
public enum OptionalPart {
  /** kube-apiserver and etcd, in the directory that {@code KUBEBUILDER_ASSETS} names. */
  API_SERVER("api-server"),

  /** A real Cassandra: its jars, which Maven copies, and a Java 17 to run it. */
  CASSANDRA("java17"),

  /** Node.js with npm, for the published JavaScript clients. */
  NODE("node"),

  /** Helm as a native library. */
  HELM("helm"),

  /** The images of worker and operator as tars, which the build creates with {@code -Pimages}. */
  IMAGES("images"),

  /** Permission to limit the memory of a process with a control group, of version 1 or 2. */
  MEMORY_CGROUPS("memory-cgroups"),

  /** Permission to create mount namespaces. */
  MOUNT_NAMESPACES("mount-namespaces"),

  /** A C compiler on Linux, for the library that records what a process writes. */
  GCC("gcc"),

  /** The programs zstd and jq. */
  ZSTD_AND_JQ("zstd");

  /** The environment variable that hides parts. */
  public static final String HIDE = "FLOWCORE_TEST_HIDE";

  /** The first release of Node.js that the published clients support. */
  private static final int NODE_VERSION = 20;

  private final String partName;

  OptionalPart(String partName) {
    this.partName = partName;
  }

  /** Returns why the part cannot be used here; empty if it can. */
  public Optional<String> missing() {
    return hidden() ? Optional.of(partName + " is hidden by " + HIDE) : check();
  }

  /**
   * Fails unless the part can be used.
   *
   * @throws IllegalStateException with the name of the annotation that the suite lacks
   */
  public void require() {
    missing()
        .ifPresent(reason -> {
          throw new IllegalStateException(
              reason + "; the suite must declare @Requires(OptionalPart." + name() + ")");
        });
  }

  private Optional<String> check() {
    return switch (this) {
      case API_SERVER -> apiServer();
      case CASSANDRA -> CassandraServer.missing();
      case NODE -> node();
      case HELM ->
          missingUnless(
              isLinux() && System.getProperty("os.arch").matches("amd64|x86_64"),
              "the Helm library is for Linux on x86-64");
      case IMAGES ->
          missingUnless(
              Stream.of("ingest-worker", "operator")
                  .allMatch(module -> Files.exists(Path.of("..", module, "target/jib-image.tar"))),
              "needs the images; build with -Pimages, see docs/images.md");
      case MEMORY_CGROUPS ->
          missingUnless(
              isLinux() && MemoryCgroup.isAvailable(),
              "needs root on Linux to create a control group with a memory limit");
      case MOUNT_NAMESPACES ->
          missingUnless(
              isLinux() && succeeds("unshare", "--mount", "sh", "-c", "mount -t tmpfs t /mnt"),
              "needs root on Linux to create a mount namespace");
      case GCC ->
          missingUnless(
              isLinux() && succeeds("gcc", "--version"),
              "needs gcc on Linux; install the package gcc with the headers of the C library");
      case ZSTD_AND_JQ ->
          missingUnless(
              succeeds("zstd", "--version") && succeeds("jq", "--version"),
              "needs the programs zstd and jq; install both packages");
    };
  }

  private boolean hidden() {
    String variable = Optional.ofNullable(System.getenv(HIDE)).orElse("");
    List<String> hidden = Arrays.asList(variable.split(","));
    return hidden.contains("all") || hidden.contains(partName);
  }

  /** A directory that is named but incomplete is an error: it would skip suites unnoticed. */
  private static Optional<String> apiServer() {
    Optional<Path> assets = apiServerAssets();
    if (assets.isEmpty()) {
      return Optional.of(
          "needs kube-apiserver and etcd; build them with e2e/envtest.sh and set KUBEBUILDER_ASSETS");
    }
    for (String program : new String[] {"kube-apiserver", "etcd"}) {
      if (!Files.isExecutable(assets.get().resolve(program))) {
        throw new IllegalStateException(
            "KUBEBUILDER_ASSETS is " + assets.get() + ", which has no program " + program);
      }
    }
    return Optional.empty();
  }

  /** Returns the directory of kube-apiserver and etcd, if one is named. */
  public static Optional<Path> apiServerAssets() {
    return Optional.ofNullable(System.getenv("KUBEBUILDER_ASSETS"))
        .filter(directory -> !directory.isBlank())
        .map(Path::of);
  }

  private static Optional<String> node() {
    boolean found =
        succeeds("npm", "--version")
            && succeeds(
                "node",
                "-e",
                "process.exit(+process.versions.node.split('.')[0] >= "
                    + NODE_VERSION
                    + " ? 0 : 1)");
    return missingUnless(found, "needs Node.js " + NODE_VERSION + " or newer, and npm");
  }

  private static Optional<String> missingUnless(boolean there, String reason) {
    return there ? Optional.empty() : Optional.of(reason);
  }

  private static boolean isLinux() {
    return System.getProperty("os.name").equals("Linux");
  }

  /** Returns whether a program exists and exits with 0. */
  private static boolean succeeds(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException notInstalled) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
