package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.catalog.KeyText;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.SecretEntries;
import io.flowcore.worker.catalog.ManifestReader.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder of manifests, as a worker without a cluster reads them: the same custom resources and
 * Secrets that an API server would get, in files that end in {@code .yaml}, {@code .yml} or {@code
 * .json}, at any depth.
 *
 * <p>What was accepted once stays in force when a later edit spoils it, until the resource is
 * deleted or mended: someone who saves a half-written file must not take a webhook down.
 */
public final class ManifestFolder implements CatalogSource {
  private final Path folder;
  private final LastGood lastGood = new LastGood();

  /** The resources that each file last held. */
  private Map<Path, Set<ResourceId>> lastHeld = Map.of();

  /** Reads from a folder. */
  public ManifestFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The keys that stand in the folder's Secrets, by their ids. For showing them to the person whose
   * folder it is, never for a log.
   */
  public synchronized Map<String, String> keyTexts() {
    Map<String, String> keys = new HashMap<>();
    for (Secret secret : lastGood.secrets()) {
      SecretEntries.texts(secret)
          .values()
          .forEach(text -> KeyText.id(text).ifPresent(id -> keys.put(id, text)));
    }
    return keys;
  }

  @Override
  public synchronized Optional<Map<String, String>> secret(String name) {
    int slash = name.indexOf('/');
    ResourceId id = new ResourceId("Secret", name.substring(0, slash), name.substring(slash + 1));
    return lastGood.version(id).map(Secret.class::cast).map(SecretEntries::texts);
  }

  @Override
  public Object fingerprint() throws IOException {
    return FileFingerprint.of(files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).filter(this::isManifest).sorted().toList();
    }
  }

  /**
   * Hidden folders hold what is not meant: Git's own, or the older versions of a mounted volume.
   */
  private boolean isManifest(Path file) {
    for (Path step : folder.relativize(file)) {
      if (step.toString().startsWith(".")) {
        return false;
      }
    }
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
  }

  @Override
  public synchronized Loaded load() throws IOException {
    Map<Path, Manifests> files = new LinkedHashMap<>();
    for (Path file : files()) {
      files.put(file, read(file));
    }
    List<String> refusals = new ArrayList<>();
    Map<Path, Set<ResourceId>> held = new HashMap<>();
    SortedMap<ResourceId, HasMetadata> read = choose(files, held, refusals);
    files.forEach((file, manifests) -> {
      manifests.problems().forEach(problem -> refusals.add(problem.text()));
      held.get(file).addAll(keepUnread(file, manifests, read));
    });
    LastGood.Settled settled = lastGood.settle(read);
    refusals.addAll(settled.refusals());
    lastHeld = held;
    boolean complete = files.values().stream().noneMatch(Manifests::unreadable);
    return new Loaded(settled.catalog(), refusals, complete);
  }

  private Manifests read(Path file) throws IOException {
    boolean held = !lastHeld.getOrDefault(file, Set.of()).isEmpty();
    return held && Files.exists(file) && Files.size(file) == 0
        ? Manifests.emptied(file)
        : ManifestReader.read(file);
  }

  /**
   * Where a resource stands in two files, the one that held it before counts, though nobody can
   * read now what it holds; or else the first.
   */
  private SortedMap<ResourceId, HasMetadata> choose(
      Map<Path, Manifests> files, Map<Path, Set<ResourceId>> held, List<String> refusals) {
    Map<ResourceId, Path> homes = new HashMap<>();
    files.forEach((file, manifests) -> {
      Set<ResourceId> holds = manifests.ids();
      for (ResourceId id : lastHeld.getOrDefault(file, Set.of())) {
        if (holds.contains(id) || manifests.mayHold(id)) {
          homes.put(id, file);
        }
      }
    });
    files.forEach((file, manifests) ->
        manifests.resources().forEach(one -> homes.putIfAbsent(ResourceId.of(one), file)));
    SortedMap<ResourceId, HasMetadata> chosen = new TreeMap<>();
    files.forEach((file, manifests) -> {
      Set<ResourceId> ids = held.computeIfAbsent(file, key -> new HashSet<>());
      for (HasMetadata resource : manifests.resources()) {
        ResourceId id = ResourceId.of(resource);
        Path home = homes.get(id);
        if (home.equals(file) && chosen.putIfAbsent(id, resource) == null) {
          ids.add(id);
        } else {
          refusals.add(
              "%s: %s stands in %s already; that one counts"
                  .formatted(folder.relativize(file), id, folder.relativize(home)));
        }
      }
    });
    return chosen;
  }

  /** Of a file that could be read only in part: what it held before and does not show now. */
  private Set<ResourceId> keepUnread(
      Path file, Manifests manifests, Map<ResourceId, HasMetadata> read) {
    Set<ResourceId> kept = new HashSet<>();
    for (ResourceId id : lastHeld.getOrDefault(file, Set.of())) {
      Optional<HasMetadata> last = lastGood.version(id);
      if (last.isPresent() && manifests.mayHold(id) && read.putIfAbsent(id, last.get()) == null) {
        kept.add(id);
      }
    }
    return kept;
  }
}
