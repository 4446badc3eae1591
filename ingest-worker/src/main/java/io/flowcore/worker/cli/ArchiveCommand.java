package io.flowcore.worker.cli;

import io.flowcore.worker.archive.ArchiveInspection;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Looks into an archive, beside a worker or without one. Changes nothing. */
@Command(
    name = "archive",
    mixinStandardHelpOptions = true,
    description = "Look into an archive. Exit code 0: all is well, 1: something is wrong.")
final class ArchiveCommand {
  @Mixin private ArchiveLocation location;

  private interface Inspect {
    int run(ArchiveInspection inspection) throws ArchiveException, IOException;
  }

  private int inspect(Inspect inspect) {
    try (ArchiveStore store = location.open()) {
      int status = inspect.run(new ArchiveInspection(store));
      // It keeps to itself when something can't be written, such as on a full disk.
      if (System.out.checkError()) {
        throw new IOException("what was found could not be written");
      }
      return status;
    } catch (ArchiveException | IOException e) {
      String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
      return WorkerProcessRunner.fail(e.getMessage() + cause);
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
      inspection.visit(withoutSlash(folder), listing);
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
      ArchiveCursor events = inspection.events(inspection.manifest(withoutSlash(folder)));
      OutputStream out = new BufferedOutputStream(System.out, 64 << 10);
      while (events.hasNext()) {
        out.write(events.headLine().bytes());
        out.write('\n');
        events.skip(1);
      }
      out.flush();
      return 0;
    });
  }

  /** A shell completes the name of a folder with one. */
  private static String withoutSlash(String folder) {
    return folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : folder;
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
      inspection.visit(withoutSlash(folder), verification);
      System.out.printf(
          "%,d segments in %,d hours checked, %,d bytes; %d problems%n",
          verification.segments, verification.hours, verification.bytes, verification.problems);
      if (verification.unnamed > 0) {
        System.out.printf(
            "%,d files beside them that no manifest names: being written, or left by a crash; a worker removes its own%n",
            verification.unnamed);
      }
      if (verification.hours == 0) {
        System.out.println("There is no hour of an archive here; is it the right place?");
      }
      return verification.problems == 0 && verification.hours > 0 ? 0 : 1;
    });
  }

  private static final class Verification implements ArchiveInspection.Visitor<RuntimeException> {
    private final ArchiveInspection inspection;
    private long hours;
    private long segments;
    private long bytes;
    private int problems;
    private int unnamed;

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
        if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()) {
          System.err.printf("\r%,d segments, %,d bytes", segments, bytes);
        }
      }
    }

    @Override
    public void unlisted(String folder, String name) {
      if (name.equals(ArchiveKeyLayout.MANIFEST)) {
        System.out.println(folder + "/" + name + " is not in the folder of an hour");
        problems++;
      } else {
        System.out.println(folder + "/" + name + " is named by no manifest");
        unnamed++;
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
