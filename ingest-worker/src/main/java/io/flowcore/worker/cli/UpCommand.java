package io.flowcore.worker.cli;

import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.catalog.ManifestDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A worker without a cluster: reads the custom resources from a folder, and stores on this disk.
 */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Run a worker on a folder of custom resources and print its webhooks.",
      "Listens on 127.0.0.1 only. Edit the manifests while it runs; it follows."
    })
final class UpCommand implements Callable<Integer> {
  private static final String HOST = "127.0.0.1";

  @Mixin private ServeOptions options;

  @Option(
      names = "--resources",
      paramLabel = "DIR",
      defaultValue = "${env:FLOWCORE_HOME:-.}/examples/quickstart",
      description = "Folder of YAML manifests (default: ${DEFAULT-VALUE}).")
  private Path resources;

  @Override
  public Integer call() {
    if (!Files.isDirectory(resources)) {
      return WorkerProcessRunner.fail(
          resources + " is no folder; name a folder of manifests with --resources");
    }
    ManifestDirectory folder = new ManifestDirectory(resources);
    return WorkerProcessRunner.run(folder, options, HOST, worker -> greet(worker, folder));
  }

  private void greet(Worker worker, ManifestDirectory folder) {
    LiveCatalog catalog = worker.catalog();
    StartupBanner greeting =
        new StartupBanner(
            resources,
            "http://" + HOST + ":" + worker.server().port(),
            "http://" + HOST + ":" + worker.server().managementPort(),
            folder.keyTexts());
    System.out.println(greeting.text(catalog.current().catalog(), catalog.status().rejections()));
  }
}
