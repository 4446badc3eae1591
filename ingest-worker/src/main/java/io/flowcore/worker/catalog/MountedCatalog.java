package io.flowcore.worker.catalog;

import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The catalog that the operator wrote, mounted as files: one directory of a ConfigMap, one of a
 * Secret.
 */
public final class MountedCatalog implements CatalogSource {
  private final Path catalogFile;
  private final Path keysFile;
  private final Optional<Path> secretsDirectory;

  /**
   * Creates a source that reads two directories, which can be the same.
   *
   * @param secretsDirectory the directory with the Secrets that the catalog refers to, each mounted
   *     at {@code namespace/name}
   */
  public MountedCatalog(
      Path catalogDirectory, Path keysDirectory, Optional<Path> secretsDirectory) {
    this.secretsDirectory = secretsDirectory;
    catalogFile = catalogDirectory.resolve(CatalogCodec.CATALOG_FILE);
    keysFile = keysDirectory.resolve(CatalogCodec.KEYS_FILE);
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

  /** Reads the files on each call, because a kubelet replaces them when the Secret changes. */
  @Override
  public Optional<Map<String, String>> secret(String name) {
    Optional<Path> directory =
        secretsDirectory.map(all -> all.resolve(name)).filter(Files::isDirectory);
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> texts = new TreeMap<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory.get(), Files::isRegularFile)) {
      for (Path entry : entries) {
        texts.put(entry.getFileName().toString(), Files.readString(entry).strip());
      }
    } catch (IOException e) {
      // While a kubelet replaces the files they can be missing; the caller tries again.
      return Optional.empty();
    }
    return Optional.of(texts);
  }
}
