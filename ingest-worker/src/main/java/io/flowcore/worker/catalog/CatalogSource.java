package io.flowcore.worker.catalog;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogFormatException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The source of a catalog. Used by one thread, except for its Secrets. */
public interface CatalogSource {

  /**
   * Returns a cheap fingerprint of the source: while it stays equal, the source is not read again.
   *
   * @throws IOException if the files cannot be listed
   */
  Object fingerprint() throws IOException;

  /**
   * Reads the catalog.
   *
   * @throws IOException if a file cannot be read
   * @throws CatalogFormatException if the files do not contain a catalog
   */
  Loaded load() throws IOException, CatalogFormatException;

  /**
   * Returns the data of a Secret that the catalog refers to. Empty if the Secret does not exist.
   * Thread-safe.
   *
   * @param name {@code namespace/name}
   */
  default Optional<Map<String, String>> secret(String name) {
    return Optional.empty();
  }

  /**
   * A catalog, and the resources that were left out of it.
   *
   * @param rejections messages for users, each with the name of the resource or file
   * @param complete whether everything could be read; if not, the source is read again although its
   *     fingerprint stays the same
   */
  record Loaded(Catalog catalog, List<String> rejections, boolean complete) {
    public Loaded {
      rejections = List.copyOf(rejections);
    }
  }
}
