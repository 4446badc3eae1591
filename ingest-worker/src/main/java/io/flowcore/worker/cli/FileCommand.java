package io.flowcore.worker.cli;

import io.flowcore.worker.client.EventTypeUrl;
import io.flowcore.worker.client.FileDownload;
import io.flowcore.worker.client.PrintableText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands for files that were posted to a worker. */
@Command(
    name = "file",
    mixinStandardHelpOptions = true,
    description = "Work with files that were posted to a worker.")
final class FileCommand {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

  @Spec private CommandSpec spec;

  /** Downloads a file. */
  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = {
        "Download a file and verify its size and SHA-256.",
        "FILE is replaced only after the complete file was verified."
      })
  int get(
      @Option(
              names = "--url",
              required = true,
              paramLabel = "URL",
              description =
                  "Webhook that the file was posted to: http://host:port/file/{tenant}/{dataCore}/{flowType}/{eventType}.")
          String url,
      @Option(
              names = "--key",
              required = true,
              paramLabel = "KEY",
              defaultValue = "${env:FLOWCORE_KEY}",
              description = "Key with the permission fetch (default: $FLOWCORE_KEY).")
          String key,
      @Option(
              names = "--file-id",
              required = true,
              paramLabel = "ID",
              description = "The fileId in the response to the upload.")
          String fileId,
      @Option(
              names = "--sha256",
              paramLabel = "HEX",
              description =
                  "Expected SHA-256 of the file, such as the checksum in the response to the upload. Files with another checksum are ignored (default: not checked).")
          String sha256,
      @Option(
              names = {"-o", "--output"},
              required = true,
              paramLabel = "FILE",
              description = "File to write; replaced if it exists.")
          Path output)
      throws InterruptedException {
    try (FileDownload download =
        new FileDownload(target(url), key, fileId, expected(sha256), new ProgressLine()::show)) {
      FileDownload.Result file = download.to(output);
      System.out.printf(
          Locale.ROOT,
          "%s: %,d bytes, SHA-256 %s (%s)%n",
          output,
          file.size(),
          file.checksum(),
          PrintableText.escape(file.name()));
      return 0;
    } catch (IOException e) {
      return WorkerProcessRunner.fail(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private Optional<String> expected(String sha256) {
    if (sha256 != null && !SHA256.matcher(sha256).matches()) {
      throw new ParameterException(
          spec.commandLine(), "--sha256 is '" + sha256 + "'; it must be 64 hexadecimal digits");
    }
    return Optional.ofNullable(sha256).map(text -> text.toLowerCase(Locale.ROOT));
  }

  private EventTypeUrl target(String url) {
    try {
      return EventTypeUrl.parse(url);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  /** Shows progress on the standard error output, updated at each percent. */
  private static final class ProgressLine {
    private int percent = -1;

    void show(int found, int total) {
      int now = (int) (100L * found / total);
      if (now != percent) {
        percent = now;
        System.err.printf(
            Locale.ROOT, "\r%d of %d parts (%d %%)%s", found, total, now, now == 100 ? "\n" : "");
      }
    }
  }
}
