package io.flowcore.worker.catalog;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogFormatException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a catalog comes from. Used by one thread, but for its Secrets. */
public interface CatalogSource {

  /**
   * What the world outside looks like, cheaply: while two answers are equal, nothing needs to be
   * read.
   */
  Object fingerprint() throws IOException;

  /**
   * Reads the catalog.
   *
   * @throws IOException if a file can't be read
   * @throws CatalogFormatException if nothing usable is there
   */
  Loaded load() throws IOException, CatalogFormatException;

  /**
   * The texts of a Secret that the catalog names, as {@code namespace/name}. Empty if it is not
   * there. Asked by any thread.
   */
  default Optional<Map<String, String>> secret(String name) {
    return Optional.empty();
  }

  /**
   * A catalog, and what was left out of it.
   *
   * @param refusals sentences for people, each naming the resource or file
   * @param complete whether everything could be read; if not, another attempt may bring more though
   *     the fingerprint stays the same
   */
  record Loaded(Catalog catalog, List<String> refusals, boolean complete) {
    public Loaded {
      refusals = List.copyOf(refusals);
    }
  }
}
