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
 * The catalog that an operator wrote, mounted as files: one folder of a ConfigMap, one of a Secret.
 */
public final class MountedCatalog implements CatalogSource {
  private final Path catalogFile;
  private final Path keysFile;

  private final Optional<Path> secretsFolder;

  /**
   * Reads from two folders, which may be the same.
   *
   * @param secretsFolder where Secrets that the catalog names are mounted, each at {@code
   *     namespace/name}
   */
  public MountedCatalog(Path catalogFolder, Path keysFolder, Optional<Path> secretsFolder) {
    this.secretsFolder = secretsFolder;
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

  /** Read anew each time: a kubelet replaces the files when the Secret changes. */
  @Override
  public Optional<Map<String, String>> secret(String name) {
    Optional<Path> folder = secretsFolder.map(all -> all.resolve(name)).filter(Files::isDirectory);
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> texts = new TreeMap<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(folder.get(), Files::isRegularFile)) {
      for (Path entry : entries) {
        texts.put(entry.getFileName().toString(), Files.readString(entry).strip());
      }
    } catch (IOException e) {
      // In the middle of a refresh the files may be gone; whoever asks tries again.
      return Optional.empty();
    }
    return Optional.of(texts);
  }
}
