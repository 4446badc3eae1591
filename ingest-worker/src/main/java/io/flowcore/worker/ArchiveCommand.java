package io.flowcore.worker;

import io.flowcore.worker.archive.ArchiveException;
import io.flowcore.worker.archive.ArchiveInspection;
import io.flowcore.worker.archive.ColdCursor;
import io.flowcore.worker.archive.Manifest;
import io.flowcore.worker.archive.Segment;
import io.flowcore.worker.archive.directory.DirectoryArchiveStore;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Looks into an archive, beside a worker or without one. Changes nothing. */
@Command(
    name = "archive",
    mixinStandardHelpOptions = true,
    description = "Look into an archive. Exit code 0: all is well, 1: something is wrong.")
final class ArchiveCommand {
  @Option(
      names = "--archive",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      defaultValue = ".flowcore/archive",
      description = "Folder of the archive (default: ${DEFAULT-VALUE}).")
  private Path archive;

  private interface Inspect {
    int run(ArchiveInspection inspection) throws ArchiveException, IOException;
  }

  private int inspect(Inspect inspect) {
    if (!Files.isDirectory(archive)) {
      return WorkerRun.fail(archive + " is no folder; name the archive's folder with --archive");
    }
    try (DirectoryArchiveStore store = new DirectoryArchiveStore(archive)) {
      return inspect.run(new ArchiveInspection(store));
    } catch (ArchiveException | IOException e) {
      return WorkerRun.fail(e.getMessage());
    }
  }

  /** Lists hours. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the hours that are archived, with their events, segments and bytes.")
  int ls(
      @Parameters(
              paramLabel = "FOLDER",
              defaultValue = "",
              description = "Begin here, for example acme/shop/orders (default: everything).")
          String folder) {
    return inspect(inspection -> {
      Listing listing = new Listing();
      inspection.visit(folder, listing);
      System.out.printf(
          "%,d hours, %,d events, %,d bytes%n", listing.hours, listing.events, listing.bytes);
      return listing.problems == 0 ? 0 : 1;
    });
  }

  private static final class Listing implements ArchiveInspection.Visitor<RuntimeException> {
    private long hours;
    private long events;
    private long bytes;
    private int problems;

    @Override
    public void hour(String folder, Manifest manifest) {
      long size = manifest.segments().stream().mapToLong(Segment::size).sum();
      System.out.printf(
          "%s  %,d events in %d segments, %,d bytes%n",
          folder, manifest.events(), manifest.segments().size(), size);
      hours++;
      events += manifest.events();
      bytes += size;
    }

    @Override
    public void broken(String folder, ArchiveException problem) {
      System.out.printf("%s  %s%n", folder, problem.getMessage());
      problems++;
    }
  }

  /** Prints events. */
  @Command(
      name = "cat",
      mixinStandardHelpOptions = true,
      description =
          "Print the events of one hour, one JSON object a line, in the order of their ids.")
  int cat(
      @Parameters(
              paramLabel = "HOUR",
              description =
                  "Folder of the hour: {tenant}/{dataCore}/{flowType}/{eventType}/{yyyy}/{MM}/{dd}/{HH}.")
          String folder) {
    return inspect(inspection -> {
      ColdCursor events = inspection.events(inspection.manifest(folder));
      OutputStream out = new BufferedOutputStream(System.out, 64 << 10);
      while (events.head().isPresent()) {
        out.write(events.head().get().bytes());
        out.write('\n');
        events.advance();
      }
      out.flush();
      return 0;
    });
  }

  /** Checks everything. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Check every manifest, frame and checksum.")
  int verify(
      @Parameters(
              paramLabel = "FOLDER",
              defaultValue = "",
              description = "Begin here, for example acme/shop/orders (default: everything).")
          String folder) {
    return inspect(inspection -> {
      Verification verification = new Verification(inspection);
      inspection.visit(folder, verification);
      System.out.printf(
          "%,d segments in %,d hours checked, %,d bytes; %d problems%n",
          verification.segments, verification.hours, verification.bytes, verification.problems);
      return verification.problems == 0 ? 0 : 1;
    });
  }

  private static final class Verification implements ArchiveInspection.Visitor<RuntimeException> {
    private final ArchiveInspection inspection;
    private long hours;
    private long segments;
    private long bytes;
    private int problems;

    Verification(ArchiveInspection inspection) {
      this.inspection = inspection;
    }

    @Override
    public void hour(String folder, Manifest manifest) {
      hours++;
      for (Segment segment : manifest.segments()) {
        try {
          inspection.verify(folder, segment);
        } catch (ArchiveException e) {
          problem(e);
        }
        segments++;
        bytes += segment.size();
        System.err.printf("\r%,d segments, %,d bytes", segments, bytes);
      }
    }

    @Override
    public void broken(String folder, ArchiveException problem) {
      hours++;
      problem(problem);
    }

    private void problem(ArchiveException e) {
      problems++;
      System.out.println(e.getMessage());
    }
  }
}
