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

/** Options that select an archive. */
final class ArchiveOptions {
  private static final Pattern BUCKET = Pattern.compile("s3://([^/]+)/?(.*?)/?");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--archive",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      defaultValue = ".flowcore/archive",
      description = "Directory of the archive (default: ${DEFAULT-VALUE}).")
  private Path directory;

  @Option(
      names = "--s3",
      paramLabel = "s3://BUCKET/PREFIX",
      scope = ScopeType.INHERIT,
      description =
          "Bucket of the archive, instead of a directory. Credentials are read from the environment, as the AWS CLI does.")
  private String bucket;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description = "With --s3: endpoint of an object store other than AWS.")
  private URI endpoint;

  @Option(
      names = "--region",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description = "With --s3: the region (default: from the environment, or us-east-1).")
  private String region;

  @Option(
      names = "--path-style",
      scope = ScopeType.INHERIT,
      description = "With --s3: put the bucket in the path of URLs, as MinIO and others need it.")
  private boolean pathStyle;

  /**
   * Opens the archive for reading. Does not create it.
   *
   * @throws ArchiveException {@code MISSING} if the directory does not exist
   * @throws ParameterException if the bucket is not an S3 URL
   */
  ArchiveStore open() throws ArchiveException {
    return bucket == null ? openDirectory() : openBucket();
  }

  private ArchiveStore openDirectory() throws ArchiveException {
    if (!Files.isDirectory(directory)) {
      throw new ArchiveException(
          ArchiveException.Kind.MISSING,
          directory
              + " is not a directory; set --archive to the directory of the archive, or --s3 to its bucket");
    }
    return DirectoryArchiveStore.forReading(directory);
  }

  private ArchiveStore openBucket() {
    Matcher matcher = BUCKET.matcher(bucket);
    if (!matcher.matches()) {
      throw new ParameterException(
          command.commandLine(),
          "--s3 is " + bucket + "; set it to s3://BUCKET or s3://BUCKET/PREFIX");
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
