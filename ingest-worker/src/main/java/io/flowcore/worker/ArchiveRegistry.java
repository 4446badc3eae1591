package io.flowcore.worker;

import io.flowcore.catalog.Catalog.ArchiveEntry;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.S3Location;
import io.flowcore.worker.archive.ArchiveDestination;
import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.manifest.CommittedGenerations;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ReloadableArchiveStore;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.archive.store.s3.S3ArchiveStore;
import io.flowcore.worker.archive.store.s3.S3Settings;
import io.flowcore.worker.archive.store.s3.S3Settings.Credentials;
import io.flowcore.worker.archive.store.s3.S3Settings.Timeouts;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.query.ArchiveKeyLayouts;
import io.flowcore.worker.query.ArchiveLookup;
import io.flowcore.worker.store.ManifestGenerations;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Opens the archives of the catalog's data cores, each once, and keeps them open until it is
 * closed. If only the credentials or settings of an archive change, cached data about its objects
 * is kept.
 */
final class ArchiveRegistry implements ArchiveLookup, AutoCloseable {
  private final Path defaultDirectory;
  private final DiskSpace disk;
  private final Function<String, Optional<Map<String, String>>> secrets;
  private final FrameCache frames;
  private final ManifestGenerations generations;
  private final Map<String, OpenArchive> archives = new HashMap<>();

  /** The archive of one data core at one location. */
  private record OpenArchive(
      ArchiveEntry entry, ReloadableArchiveStore store, EventArchive archive) {
    /** Replaces the credentials or settings with which the same objects are accessed. */
    OpenArchive reload(ArchiveEntry changed, ArchiveStore replacement) {
      store.reload(replacement);
      return new OpenArchive(changed, store, archive);
    }
  }

  /**
   * Creates a registry without open archives.
   *
   * @param defaultDirectory for data cores with a directory archive whose spec has no path
   * @param disk the space of the disk of the data directory
   * @param secrets returns the entries of a Secret by its {@code namespace/name}
   * @param generations stores which manifests were committed
   */
  ArchiveRegistry(
      Path defaultDirectory,
      DiskSpace disk,
      Function<String, Optional<Map<String, String>>> secrets,
      FrameCache frames,
      ManifestGenerations generations) {
    this.defaultDirectory = defaultDirectory;
    this.disk = disk;
    this.secrets = secrets;
    this.frames = frames;
    this.generations = generations;
  }

  @Override
  public Optional<EventArchive> find(ResolvedEventType eventType) throws ArchiveException {
    return open(eventType.dataCore());
  }

  /** Returns the bytes of a data core's archive; 0 if it has no archive. */
  long size(DataCoreEntry core) throws ArchiveException {
    Optional<EventArchive> archive = open(core);
    long[] bytes = {0};
    if (archive.isPresent()) {
      archive
          .get()
          .store()
          .walk(core.tenant() + "/" + core.name(), (key, size) -> bytes[0] += size);
    }
    return bytes[0];
  }

  private synchronized Optional<EventArchive> open(DataCoreEntry core) throws ArchiveException {
    ArchiveEntry entry = core.archive();
    String key = core.id() + " " + location(entry);
    OpenArchive known = archives.get(key);
    if (known != null && known.entry().equals(entry)) {
      return Optional.of(known.archive());
    }
    Optional<ArchiveStore> store = openStore(entry);
    if (store.isEmpty()) {
      return Optional.empty();
    }
    OpenArchive opened =
        known == null ? create(entry, store.get()) : known.reload(entry, store.get());
    archives.put(key, opened);
    return Optional.of(opened.archive());
  }

  private OpenArchive create(ArchiveEntry entry, ArchiveStore store) {
    ReloadableArchiveStore reloadable = new ReloadableArchiveStore(store);
    CommittedGenerations committed = new CommittedGenerations(generations, location(entry));
    return new OpenArchive(
        entry, reloadable, new EventArchive(reloadable, frames.source(reloadable), committed));
  }

  /** Identifies the objects of an archive, whatever its credentials and other settings. */
  private String location(ArchiveEntry entry) {
    return switch (entry.kind()) {
      case NONE -> "none";
      case DIRECTORY -> "directory " + directory(entry);
      case S3 ->
          entry
              .s3()
              .map(
                  s3 -> "s3 " + s3.endpoint().orElse("aws") + " " + s3.bucket() + "/" + s3.prefix())
              .orElse("s3");
    };
  }

  private Path directory(ArchiveEntry entry) {
    return entry.directory().map(Path::of).orElse(defaultDirectory);
  }

  /**
   * Returns where the events of an event type are archived.
   *
   * @param eventType empty if the catalog does not have it
   * @throws ArchiveException if the archive cannot be opened
   */
  ArchiveDestination destination(Optional<ResolvedEventType> eventType) throws ArchiveException {
    if (eventType.isEmpty()) {
      return new ArchiveDestination.Unknown();
    }
    if (!eventType.get().eventType().archive()) {
      return new ArchiveDestination.NoArchive();
    }
    Optional<EventArchive> archive = find(eventType.get());
    return archive.isPresent()
        ? new ArchiveDestination.Archived(
            ArchiveKeyLayouts.forEventType(eventType.get()), archive.get())
        : new ArchiveDestination.NoArchive();
  }

  private Optional<ArchiveStore> openStore(ArchiveEntry entry) throws ArchiveException {
    return switch (entry.kind()) {
      case NONE -> Optional.empty();
      case DIRECTORY -> Optional.of(new DirectoryArchiveStore(directory(entry), disk));
      case S3 -> Optional.of(new S3ArchiveStore(settings(s3Location(entry))));
    };
  }

  private static S3Location s3Location(ArchiveEntry entry) throws ArchiveException {
    return entry
        .s3()
        .orElseThrow(() ->
            new ArchiveException(
                Kind.UNAVAILABLE,
                "the catalog has an S3 archive without a bucket; set spec.archive.s3.bucket"));
  }

  private S3Settings settings(S3Location location) {
    return new S3Settings(
        location.bucket(),
        location.prefix(),
        location.region(),
        location.endpoint().map(URI::create),
        location.pathStyle(),
        location.credentialsSecret().map(secret -> () -> credentials(secret)),
        location.encryption(),
        location.storageClass(),
        Timeouts.DEFAULT);
  }

  /** Called before each request, so that a Secret can be replaced while the worker runs. */
  private Credentials credentials(String secret) {
    Map<String, String> entries = secrets.apply(secret).orElse(Map.of());
    String id = entries.get("accessKeyId");
    String key = entries.get("secretAccessKey");
    if (id == null || key == null) {
      throw SdkClientException.create(
          "the Secret "
              + secret
              + " does not exist or lacks accessKeyId or secretAccessKey; add both to it");
    }
    return new Credentials(id, key);
  }

  @Override
  public synchronized void close() {
    frames.close();
    archives.values().forEach(archive -> archive.store().close());
  }
}
