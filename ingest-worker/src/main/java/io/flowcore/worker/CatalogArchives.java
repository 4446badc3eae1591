package io.flowcore.worker;

import io.flowcore.catalog.Catalog.ArchiveEntry;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.S3Location;
import io.flowcore.worker.archive.ArchiveException;
import io.flowcore.worker.archive.ArchiveException.Kind;
import io.flowcore.worker.archive.ArchiveStore;
import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.Destination;
import io.flowcore.worker.archive.FrameCache;
import io.flowcore.worker.archive.directory.DirectoryArchiveStore;
import io.flowcore.worker.archive.s3.S3ArchiveStore;
import io.flowcore.worker.archive.s3.S3Settings;
import io.flowcore.worker.archive.s3.S3Settings.Credentials;
import io.flowcore.worker.archive.s3.S3Settings.Timeouts;
import io.flowcore.worker.catalog.EventTypeRoute;
import io.flowcore.worker.query.ArchivedTypes;
import io.flowcore.worker.query.Archives;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Opens the archives that data cores name, each once, and keeps them open until the end. */
final class CatalogArchives implements Archives, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogArchives.class);

  private final Path defaultFolder;
  private final Function<String, Optional<Map<String, String>>> secrets;
  private final FrameCache frames;
  private final Map<ArchiveEntry, ColdArchive> open = new HashMap<>();

  /**
   * Opens none yet.
   *
   * @param defaultFolder of data cores that want a directory and name none
   * @param secrets the texts of a Secret, by its {@code namespace/name}
   */
  CatalogArchives(
      Path defaultFolder,
      Function<String, Optional<Map<String, String>>> secrets,
      FrameCache frames) {
    this.defaultFolder = defaultFolder;
    this.secrets = secrets;
    this.frames = frames;
  }

  @Override
  public Optional<ColdArchive> of(EventTypeRoute route) throws ArchiveException {
    return open(route.dataCore().archive());
  }

  /** Bytes of a data core's archive; 0 if it has none. */
  long usage(DataCoreEntry core) throws ArchiveException {
    Optional<ColdArchive> archive = open(core.archive());
    return archive.isEmpty() ? 0 : archive.get().store().usage(core.tenant() + "/" + core.name());
  }

  private synchronized Optional<ColdArchive> open(ArchiveEntry entry) throws ArchiveException {
    ColdArchive known = open.get(entry);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<ColdArchive> opened =
        store(entry).map(store -> new ColdArchive(store, frames.of(store)));
    opened.ifPresent(archive -> open.put(entry, archive));
    return opened;
  }

  /** Where an event type's events go. One that can't be opened is told, and its events wait. */
  Optional<Destination> destination(EventTypeRoute route) {
    try {
      return of(route).map(cold -> new Destination(ArchivedTypes.of(route), cold));
    } catch (ArchiveException e) {
      LOG.warn("The archive of data core {} can't be used", route.dataCore().name(), e);
      return Optional.empty();
    }
  }

  private Optional<ArchiveStore> store(ArchiveEntry entry) throws ArchiveException {
    return switch (entry.kind()) {
      case none -> Optional.empty();
      case directory ->
          Optional.of(
              new DirectoryArchiveStore(entry.directory().map(Path::of).orElse(defaultFolder)));
      case s3 ->
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
