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
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists, prints and verifies an archive, with or without a running worker. Changes nothing. */
@Command(
    name = "archive",
    mixinStandardHelpOptions = true,
    description =
        "List, print and verify an archive. Exit code 0: no problems found, 1: problems found.")
final class ArchiveCommand {
  @Mixin private ArchiveOptions archive;

  private interface Task {
    int run(ArchiveInspection inspection) throws ArchiveException, IOException;
  }

  private int inspect(Task task) {
    try (ArchiveStore store = archive.open()) {
      int exitCode = task.run(new ArchiveInspection(store));
      // A PrintStream does not throw when it cannot write, for example because a disk is full.
      if (System.out.checkError()) {
        throw new IOException("cannot write to the standard output; check its disk or pipe");
      }
      return exitCode;
    } catch (ArchiveException | IOException e) {
      String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
      return WorkerProcessRunner.fail(e.getMessage() + cause);
    }
  }

  /** Lists the archived hours below a path. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the archived hours with their events, segments and bytes.")
  int ls(
      @Parameters(
              paramLabel = "PATH",
              defaultValue = "",
              description = "Path to start at, such as acme/shop/orders (default: everything).")
          String path) {
    return inspect(inspection -> {
      Listing listing = new Listing();
      inspection.visit(withoutSlash(path), listing);
      System.out.printf(
          Locale.ROOT,
          "%,d hours, %,d events, %,d bytes%n",
          listing.hours,
          listing.events,
          listing.bytes);
      return listing.problems == 0 ? 0 : 1;
    });
  }

  private static final class Listing implements ArchiveInspection.Visitor<RuntimeException> {
    private long hours;
    private long events;
    private long bytes;
    private int problems;

    @Override
    public void hour(String path, Manifest manifest) {
      long size = manifest.segments().stream().mapToLong(Segment::size).sum();
      System.out.printf(
          Locale.ROOT,
          "%s  %,d events in %d segments, %,d bytes%n",
          path,
          manifest.events(),
          manifest.segments().size(),
          size);
      hours++;
      events += manifest.events();
      bytes += size;
    }

    @Override
    public void broken(String path, ArchiveException problem) {
      System.out.printf(Locale.ROOT, "%s  %s%n", path, problem.getMessage());
      problems++;
    }
  }

  /** Prints the events of one hour. */
  @Command(
      name = "cat",
      mixinStandardHelpOptions = true,
      description =
          "Print the events of one hour, one JSON object per line, in the order of their ids.")
  int cat(
      @Parameters(
              paramLabel = "HOUR",
              description =
                  "Path of the hour: {tenant}/{dataCore}/{flowType}/{eventType}/{yyyy}/{MM}/{dd}/{HH}.")
          String path) {
    return inspect(inspection -> {
      ArchiveCursor events = inspection.events(inspection.manifest(withoutSlash(path)));
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

  /** Removes the slash that a shell appends when it completes the name of a directory. */
  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** Verifies every object below a path. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Verify every manifest, frame and checksum.")
  int verify(
      @Parameters(
              paramLabel = "PATH",
              defaultValue = "",
              description = "Path to start at, such as acme/shop/orders (default: everything).")
          String path) {
    return inspect(inspection -> {
      Verification verification = new Verification(inspection);
      inspection.visit(withoutSlash(path), verification);
      System.out.printf(
          Locale.ROOT,
          "Verified %,d segments in %,d hours, %,d bytes; %d problems%n",
          verification.segments,
          verification.hours,
          verification.bytes,
          verification.problems);
      if (verification.orphans > 0) {
        System.out.printf(
            Locale.ROOT,
            "%,d objects are not listed in a manifest: they are being written, or were left by a crash; the worker that wrote them deletes them%n",
            verification.orphans);
      }
      if (verification.hours == 0) {
        System.out.println("No archived hours found; check --archive, --s3 and PATH");
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
    private int orphans;

    Verification(ArchiveInspection inspection) {
      this.inspection = inspection;
    }

    @Override
    public void hour(String path, Manifest manifest) {
      hours++;
      for (Segment segment : manifest.segments()) {
        try {
          inspection.verify(path, segment);
        } catch (ArchiveException e) {
          report(e);
        }
        segments++;
        bytes += segment.size();
        if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()) {
          System.err.printf(Locale.ROOT, "\r%,d segments, %,d bytes", segments, bytes);
        }
      }
    }

    @Override
    public void unlisted(String path, String name) {
      if (name.equals(ArchiveKeyLayout.MANIFEST)) {
        System.out.println(path + "/" + name + " is not in the directory of an hour");
        problems++;
      } else {
        System.out.println(path + "/" + name + " is not listed in a manifest");
        orphans++;
      }
    }

    @Override
    public void broken(String path, ArchiveException problem) {
      hours++;
      report(problem);
    }

    private void report(ArchiveException e) {
      problems++;
      System.out.println(e.getMessage());
    }
  }
}
