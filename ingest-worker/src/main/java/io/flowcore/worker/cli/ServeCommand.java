package io.flowcore.worker.cli;

import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.MountedCatalog;
import io.flowcore.worker.http.DrainSettings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Runs a worker in a cluster, with the catalog and the key digests that the operator wrote and the
 * kubelet mounted.
 */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = "Run a worker with a mounted catalog, as the operator does.")
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Mixin private ServeOptions options;

  @Option(
      names = "--catalog",
      paramLabel = "DIR",
      required = true,
      description = "Directory with catalog.json, a mounted ConfigMap.")
  private Path catalog;

  @Option(
      names = "--keys",
      paramLabel = "DIR",
      required = true,
      description = "Directory with keys.json, a mounted Secret.")
  private Path keys;

  @Option(
      names = "--secrets",
      paramLabel = "DIR",
      description =
          "Directory with the Secrets that the catalog refers to, each mounted at NAMESPACE/NAME (default: none).")
  private Path secrets;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "0.0.0.0",
      description = "Address to listen on (default: ${DEFAULT-VALUE}).")
  private String host;

  @Override
  public Integer call() {
    MountedCatalog source = new MountedCatalog(catalog, keys, Optional.ofNullable(secrets));
    return WorkerProcessRunner.run(
        source, options, options.worker(host, DrainSettings.CLUSTER), ServeCommand::logPorts);
  }

  private static void logPorts(Worker worker) {
    LOG.info(
        "Listening on port {} for clients and on port {} for management",
        worker.port(),
        worker.managementPort());
  }
}
