package io.flowcore.worker.cli;

import io.flowcore.worker.catalog.MountedCatalog;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A worker in a cluster: reads the catalog and the key digests that the operator wrote and the
 * kubelet mounted.
 */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = "Run a worker on a mounted catalog, as the operator does.")
final class ServeCommand implements Callable<Integer> {
  @Mixin private ServeOptions options;

  @Option(
      names = "--catalog",
      paramLabel = "DIR",
      required = true,
      description = "Folder with catalog.json, a mounted ConfigMap.")
  private Path catalog;

  @Option(
      names = "--keys",
      paramLabel = "DIR",
      required = true,
      description = "Folder with keys.json, a mounted Secret.")
  private Path keys;

  @Option(
      names = "--secrets",
      paramLabel = "DIR",
      description =
          "Folder with Secrets that the catalog names, each mounted at NAMESPACE/NAME (default: none).")
  private Path secrets;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "0.0.0.0",
      description = "Address to listen on (default: ${DEFAULT-VALUE}).")
  private String host;

  @Override
  public Integer call() {
    return WorkerProcessRunner.run(
        new MountedCatalog(catalog, keys, Optional.ofNullable(secrets)),
        options,
        host,
        worker ->
            LoggerFactory.getLogger(ServeCommand.class)
                .info(
                    "Listening on {} and {}",
                    worker.server().port(),
                    worker.server().managementPort()));
  }
}
