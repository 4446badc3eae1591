package io.flowcore.worker.catalog;

import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The catalog that an operator wrote, mounted as files: one folder of a ConfigMap, one of a Secret.
 */
public final class MountedCatalog implements CatalogSource {
  private final Path catalogFile;
  private final Path keysFile;

  /** Reads from two folders, which may be the same. */
  public MountedCatalog(Path catalogFolder, Path keysFolder) {
    catalogFile = catalogFolder.resolve(CatalogCodec.CATALOG_FILE);
    keysFile = keysFolder.resolve(CatalogCodec.KEYS_FILE);
  }

  @Override
  public Object fingerprint() throws IOException {
    return FileFingerprint.of(List.of(catalogFile, keysFile));
  }

  @Override
  public Loaded load() throws IOException, CatalogFormatException {
    return new Loaded(
        CatalogCodec.read(Files.readString(catalogFile), Files.readString(keysFile)),
        List.of(),
        true);
  }
}
