package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.archive.ArchiveException;
import io.flowcore.worker.archive.ArchiveException.Kind;
import io.flowcore.worker.archive.Generations;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import java.util.Arrays;

/** Remembers generations of manifests in the hot store: 24 bytes for each hour of an event type. */
final class KeptGenerations implements Generations {
  private static final int KEY_LENGTH = 16;

  private final HotStore store;
  private final String archive;

  /**
   * Those of one archive.
   *
   * @param archive where its objects lie, so that another place begins anew
   */
  KeptGenerations(HotStore store, String archive) {
    this.store = store;
    this.archive = archive;
  }

  @Override
  public long committed(String key) throws ArchiveException {
    try {
      return store.mark(mark(key));
    } catch (StoreException e) {
      throw unknown(key, e);
    }
  }

  @Override
  public void remember(String key, long generation) throws ArchiveException {
    try {
      store.setMark(mark(key), generation);
    } catch (StoreException e) {
      throw unknown(key, e);
    }
  }

  private static ArchiveException unknown(String key, StoreException e) {
    return new ArchiveException(
        Kind.UNAVAILABLE, "the hot store can't say which generation of " + key + " there is", e);
  }

  private byte[] mark(String key) {
    byte[] digest = Ids.digest("SHA-256", (archive + "\n" + key).getBytes(UTF_8));
    return Arrays.copyOf(digest, KEY_LENGTH);
  }
}
