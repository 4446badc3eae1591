package io.flowcore.worker.cli;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.archive.store.s3.S3ArchiveStore;
import io.flowcore.worker.archive.store.s3.S3Settings;
import io.flowcore.worker.archive.store.s3.S3Settings.Timeouts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Options that say where an archive lies. */
final class ArchiveOptions {
  private static final Pattern BUCKET = Pattern.compile("s3://([^/]+)/?(.*?)/?");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--archive",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      defaultValue = ".flowcore/archive",
      description = "Folder of the archive (default: ${DEFAULT-VALUE}).")
  private Path folder;

  @Option(
      names = "--s3",
      paramLabel = "s3://BUCKET/PREFIX",
      scope = ScopeType.INHERIT,
      description =
          "Bucket of the archive, instead of a folder. Credentials come from the environment, as the AWS command line has them.")
  private String bucket;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description = "With --s3: a store other than AWS.")
  private URI endpoint;

  @Option(
      names = "--region",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description = "With --s3: the region (default: the environment's, then us-east-1).")
  private String region;

  @Option(
      names = "--path-style",
      scope = ScopeType.INHERIT,
      description = "With --s3: the bucket stands in the path, as MinIO and others have it.")
  private boolean pathStyle;

  /** Opens it; it is not made if it is missing. */
  ArchiveStore open() throws ArchiveException {
    if (bucket == null) {
      if (!Files.isDirectory(folder)) {
        throw new ArchiveException(
            ArchiveException.Kind.MISSING,
            folder
                + " is no folder; name the archive's folder with --archive, or a bucket with --s3");
      }
      return DirectoryArchiveStore.forReading(folder);
    }
    Matcher matcher = BUCKET.matcher(bucket);
    if (!matcher.matches()) {
      throw new ParameterException(
          command.commandLine(), "--s3 is " + bucket + "; write s3://BUCKET or s3://BUCKET/PREFIX");
    }
    return new S3ArchiveStore(
        new S3Settings(
            matcher.group(1),
            matcher.group(2),
            Optional.ofNullable(region),
            Optional.ofNullable(endpoint),
            pathStyle,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Timeouts.DEFAULT));
  }
}
