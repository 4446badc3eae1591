package io.flowcore.worker.cli;

import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a worker without a cluster: reads the custom resources from a directory. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Run a worker with a directory of custom resources and print its webhooks.",
      "Listens on 127.0.0.1 only. Changes to the manifests apply while it runs."
    })
final class UpCommand implements Callable<Integer> {
  private static final String HOST = "127.0.0.1";

  @Mixin private ServeOptions options;

  @Option(
      names = "--resources",
      paramLabel = "DIR",
      defaultValue = "${env:FLOWCORE_HOME:-.}/examples/quickstart",
      description = "Directory of YAML manifests (default: ${DEFAULT-VALUE}).")
  private Path resources;

  @Override
  public Integer call() {
    if (!Files.isDirectory(resources)) {
      return WorkerProcessRunner.fail(
          resources + " is not a directory; set --resources to a directory of manifests");
    }
    ManifestDirectory manifests = new ManifestDirectory(resources);
    return WorkerProcessRunner.run(
        manifests,
        options,
        options.worker(HOST, DrainSettings.SINGLE),
        worker -> printBanner(worker, manifests));
  }

  private void printBanner(Worker worker, ManifestDirectory manifests) {
    LiveCatalog catalog = worker.catalog();
    StartupBanner banner =
        new StartupBanner(
            resources,
            "http://" + HOST + ":" + worker.port(),
            "http://" + HOST + ":" + worker.managementPort(),
            manifests.keyTexts());
    System.out.println(banner.text(catalog.current().catalog(), catalog.status().rejections()));
  }
}
