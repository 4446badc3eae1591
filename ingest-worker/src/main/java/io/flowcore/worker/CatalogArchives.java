package io.flowcore.worker;

import io.flowcore.catalog.Catalog.ArchiveEntry;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.S3Location;
import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.Destination;
import io.flowcore.worker.archive.manifest.Generations;
import io.flowcore.worker.archive.manifest.KeptGenerations;
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
import io.flowcore.worker.query.ArchivedTypes;
import io.flowcore.worker.query.Archives;
import io.flowcore.worker.store.ManifestGenerations;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Opens the archives that data cores name, each once, and keeps them open until the end. */
final class CatalogArchives implements Archives, AutoCloseable {
  private final Path defaultFolder;
  private final Function<String, Optional<Map<String, String>>> secrets;
  private final FrameCache frames;
  private final ManifestGenerations hot;
  private final Map<String, Opened> open = new HashMap<>();

  /** The archive of one data core in one place. */
  private record Opened(ArchiveEntry entry, ReloadableArchiveStore store, ColdArchive cold) {
    /** The same objects, and what is known of them, with other credentials or settings. */
    Opened through(ArchiveEntry changed, ArchiveStore other) {
      store.to(other);
      return new Opened(changed, store, cold);
    }
  }

  /**
   * Opens none yet.
   *
   * @param defaultFolder of data cores that want a directory and name none
   * @param secrets the texts of a Secret, by its {@code namespace/name}
   * @param hot remembers what was committed
   */
  CatalogArchives(
      Path defaultFolder,
      Function<String, Optional<Map<String, String>>> secrets,
      FrameCache frames,
      ManifestGenerations hot) {
    this.hot = hot;
    this.defaultFolder = defaultFolder;
    this.secrets = secrets;
    this.frames = frames;
  }

  @Override
  public Optional<ColdArchive> of(ResolvedEventType route) throws ArchiveException {
    return open(route.dataCore());
  }

  /** Bytes of a data core's archive; 0 if it has none. */
  long usage(DataCoreEntry core) throws ArchiveException {
    Optional<ColdArchive> archive = open(core);
    long[] bytes = {0};
    if (archive.isPresent()) {
      archive
          .get()
          .store()
          .walk(core.tenant() + "/" + core.name(), (key, size) -> bytes[0] += size);
    }
    return bytes[0];
  }

  private synchronized Optional<ColdArchive> open(DataCoreEntry core) throws ArchiveException {
    ArchiveEntry entry = core.archive();
    String key = core.id() + " " + location(entry);
    Opened known = open.get(key);
    if (known != null && known.entry().equals(entry)) {
      return Optional.of(known.cold());
    }
    Optional<ArchiveStore> store = store(entry);
    if (store.isPresent()) {
      known = known == null ? first(entry, store.get()) : known.through(entry, store.get());
      open.put(key, known);
      return Optional.of(known.cold());
    }
    return Optional.empty();
  }

  private Opened first(ArchiveEntry entry, ArchiveStore store) {
    ReloadableArchiveStore switched = new ReloadableArchiveStore(store);
    Generations kept = new KeptGenerations(hot, location(entry));
    return new Opened(entry, switched, new ColdArchive(switched, frames.of(switched), kept));
  }

  /** Which objects they are, whatever else an entry says. */
  private String location(ArchiveEntry entry) {
    return switch (entry.kind()) {
      case NONE -> "none";
      case DIRECTORY -> "directory " + folder(entry);
      case S3 ->
          entry
              .s3()
              .map(
                  s3 -> "s3 " + s3.endpoint().orElse("aws") + " " + s3.bucket() + "/" + s3.prefix())
              .orElse("s3");
    };
  }

  private Path folder(ArchiveEntry entry) {
    return entry.directory().map(Path::of).orElse(defaultFolder);
  }

  /**
   * Where an event type's events go.
   *
   * @param known the event type, if the catalog has it
   * @throws ArchiveException if their archive can't be opened
   */
  Destination destination(Optional<ResolvedEventType> known) throws ArchiveException {
    if (known.isEmpty()) {
      return new Destination.Unknown();
    }
    Optional<ColdArchive> cold = of(known.get());
    return cold.isPresent()
        ? new Destination.Archived(ArchivedTypes.of(known.get()), cold.get())
        : new Destination.Nowhere();
  }

  private Optional<ArchiveStore> store(ArchiveEntry entry) throws ArchiveException {
    return switch (entry.kind()) {
      case NONE -> Optional.empty();
      case DIRECTORY -> Optional.of(new DirectoryArchiveStore(folder(entry)));
      case S3 ->
          Optional.of(
              new S3ArchiveStore(
                  settings(
                      entry
                          .s3()
                          .orElseThrow(() ->
                              new ArchiveException(
                                  Kind.UNAVAILABLE, "the catalog names no bucket")))));
    };
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

  /** Asked before each request, so that a Secret may be replaced while the worker runs. */
  private Credentials credentials(String secret) {
    Map<String, String> texts = secrets.apply(secret).orElse(Map.of());
    String id = texts.get("accessKeyId");
    String key = texts.get("secretAccessKey");
    if (id == null || key == null) {
      throw SdkClientException.create(
          "the Secret " + secret + " is missing, or lacks accessKeyId or secretAccessKey");
    }
    return new Credentials(id, key);
  }

  @Override
  public synchronized void close() {
    frames.close();
    open.values().forEach(archive -> archive.store().close());
  }
}
