package io.flowcore.worker.archive.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.InMemoryManifestGenerations;
import io.flowcore.worker.store.ManifestGenerations;
import io.flowcore.worker.store.StoreException;
import java.util.Arrays;
import java.util.List;

/**
 * The committed generations of the manifests of one archive. All workers of a data core share them,
 * outside the archive: a store that returns an older manifest, or none, is detected, and a query
 * never returns a response without the events that only the newer manifest lists. They also show
 * one worker what another has committed.
 */
public final class CommittedGenerations {
  private static final int SCOPE_LENGTH = 16;

  private final ManifestGenerations store;
  private final String archive;

  /**
   * Creates a view of the generations in a hot store.
   *
   * @param archive the location of the archive, so that another location starts without generations
   */
  public CommittedGenerations(ManifestGenerations store, String archive) {
    this.store = store;
    this.archive = archive;
  }

  /** Returns generations that are kept until the process ends. */
  public static CommittedGenerations inMemory() {
    return new CommittedGenerations(new InMemoryManifestGenerations(), "");
  }

  /**
   * Returns the highest generation that any worker has committed; 0 if there is no manifest.
   *
   * @throws ArchiveException if the hot store cannot be read
   */
  public long latest(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    return access(type, () -> store.generation(scope(type), bucket));
  }

  /**
   * Records a committed generation, unless a higher one is recorded. It is durable before the hot
   * copies of the events that it covers are released.
   *
   * @throws ArchiveException if the hot store cannot be written
   */
  void raise(ArchiveKeyLayout type, TimeBucket bucket, long generation) throws ArchiveException {
    access(
        type,
        () -> {
          store.raiseGeneration(scope(type), bucket, generation);
          return generation;
        });
  }

  /** Returns the hours that have a manifest; see {@link ArchivedHours#between}. */
  List<TimeBucket> hours(
      ArchiveKeyLayout type, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws ArchiveException {
    return access(type, () -> store.hoursWithGeneration(scope(type), from, to, order, limit));
  }

  private interface Access<T> {
    T run() throws StoreException;
  }

  private static <T> T access(ArchiveKeyLayout type, Access<T> access) throws ArchiveException {
    try {
      return access.run();
    } catch (StoreException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the manifest generations of " + type.typePrefix() + " in the hot store are unavailable",
          e);
    }
  }

  private byte[] scope(ArchiveKeyLayout type) {
    byte[] digest = Sha256.digest((archive + "\n" + type.typePrefix()).getBytes(UTF_8));
    return Arrays.copyOf(digest, SCOPE_LENGTH);
  }
}
