package io.flowcore.worker.archive.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.ManifestGenerations;
import io.flowcore.worker.store.StoreException;
import java.util.Arrays;
import java.util.List;

/** Remembers generations of manifests in the hot store: a mark for each hour of an event type. */
public final class KeptGenerations implements Generations {
  private static final int SCOPE_LENGTH = 16;

  private final ManifestGenerations store;
  private final String archive;

  /**
   * Those of one archive.
   *
   * @param archive where its objects lie, so that another place begins anew
   */
  public KeptGenerations(ManifestGenerations store, String archive) {
    this.store = store;
    this.archive = archive;
  }

  @Override
  public long committed(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    return asking(type, () -> store.generation(scope(type), bucket));
  }

  @Override
  public void remember(ArchiveKeyLayout type, TimeBucket bucket, long generation)
      throws ArchiveException {
    asking(
        type,
        () -> {
          store.raiseGeneration(scope(type), bucket, generation);
          return generation;
        });
  }

  @Override
  public List<TimeBucket> hours(ArchiveKeyLayout type, TimeBucket from, TimeBucket to)
      throws ArchiveException {
    return asking(type, () -> store.hoursWithGeneration(scope(type), from, to));
  }

  private interface Question<T> {
    T ask() throws StoreException;
  }

  private static <T> T asking(ArchiveKeyLayout type, Question<T> question) throws ArchiveException {
    try {
      return question.ask();
    } catch (StoreException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the hot store can't say which manifests of " + type.folder() + " there are",
          e);
    }
  }

  private byte[] scope(ArchiveKeyLayout type) {
    byte[] digest = Ids.digest("SHA-256", (archive + "\n" + type.folder()).getBytes(UTF_8));
    return Arrays.copyOf(digest, SCOPE_LENGTH);
  }
}
