package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.catalog.KeyText;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.SecretData;
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

/**
 * A directory of manifests, for a worker without a cluster: the same custom resources and Secrets
 * that an API server would store, in files that end in {@code .yaml}, {@code .yml} or {@code
 * .json}, at any depth. The directory, and what is in it, can be symbolic links.
 *
 * <p>A resource that was accepted once stays active when a later edit makes it invalid, until it is
 * deleted or corrected. Saving a half-written file must not stop ingestion.
 */
public final class ManifestDirectory implements CatalogSource {
  private final Path directory;
  private ActiveManifests active = ActiveManifests.NONE;

  /**
   * The resources that each file contained in the last load. The paths are relative, so that a file
   * is the same one after a symbolic link to its directory has changed.
   */
  private Map<Path, Set<ResourceId>> lastContents = Map.of();

  /** Creates a source that reads a directory. */
  public ManifestDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Returns the keys in the Secrets of the directory, by key id. For output to the user who owns
   * the directory; never log them.
   */
  public synchronized Map<String, String> keyTexts() {
    Map<String, String> keys = new HashMap<>();
    for (Secret secret : active.secrets()) {
      SecretData.decode(secret)
          .values()
          .forEach(text -> KeyText.id(text).ifPresent(id -> keys.put(id, text)));
    }
    return keys;
  }

  @Override
  public synchronized Optional<Map<String, String>> secret(String name) {
    int slash = name.indexOf('/');
    ResourceId id =
        new ResourceId(ResourceKind.SECRET, name.substring(0, slash), name.substring(slash + 1));
    return active.version(id).map(Secret.class::cast).map(SecretData::decode);
  }

  @Override
  public Object fingerprint() throws IOException {
    return ManifestFiles.find(directory).fingerprint();
  }

  @Override
  public synchronized Loaded load() throws IOException {
    ManifestFiles found = ManifestFiles.find(directory);
    Map<Path, Manifests> files = new LinkedHashMap<>();
    for (Path path : found.paths()) {
      files.put(path, read(path, found.resolve(path)));
    }
    List<String> rejections = new ArrayList<>();
    Map<Path, Set<ResourceId>> contents = new HashMap<>();
    SortedMap<ResourceId, HasMetadata> newest = selectResources(files, contents, rejections);
    files.forEach((file, manifests) -> {
      manifests.problems().forEach(problem -> rejections.add(problem.text()));
      contents.get(file).addAll(keepUnreadable(file, manifests, newest));
    });
    ActiveManifests.Update update = active.update(newest);
    rejections.addAll(update.rejections());
    active = update.active();
    lastContents = contents;
    boolean complete = files.values().stream().noneMatch(Manifests::unreadable);
    return new Loaded(update.catalog(), rejections, complete);
  }

  private Manifests read(Path path, Path file) throws IOException {
    boolean hadResources = !lastContents.getOrDefault(path, Set.of()).isEmpty();
    return hadResources && Files.exists(file) && Files.size(file) == 0
        ? Manifests.emptied(file)
        : ManifestReader.read(file);
  }

  /**
   * Selects one file for each resource: the one that contained it in the last load, even if it
   * cannot be read now; otherwise the first in alphabetical order.
   */
  private SortedMap<ResourceId, HasMetadata> selectResources(
      Map<Path, Manifests> files, Map<Path, Set<ResourceId>> contents, List<String> rejections) {
    Map<ResourceId, Path> selected = selectFiles(files);
    SortedMap<ResourceId, HasMetadata> resources = new TreeMap<>();
    files.forEach((file, manifests) -> {
      Set<ResourceId> ids = contents.computeIfAbsent(file, key -> new HashSet<>());
      for (HasMetadata resource : manifests.resources()) {
        ResourceId id = ResourceId.of(resource);
        Path source = selected.get(id);
        if (source.equals(file) && resources.putIfAbsent(id, resource) == null) {
          ids.add(id);
        } else {
          rejections.add(
              "%s: %s is already defined in %s, which is used; remove one of them"
                  .formatted(file, id, source));
        }
      }
    });
    return resources;
  }

  private Map<ResourceId, Path> selectFiles(Map<Path, Manifests> files) {
    Map<ResourceId, Path> selected = new HashMap<>();
    files.forEach((file, manifests) -> {
      Set<ResourceId> ids = manifests.ids();
      for (ResourceId id : lastContents.getOrDefault(file, Set.of())) {
        if (ids.contains(id) || manifests.mightContain(id)) {
          selected.put(id, file);
        }
      }
    });
    files.forEach((file, manifests) ->
        manifests.resources().forEach(one -> selected.putIfAbsent(ResourceId.of(one), file)));
    return selected;
  }

  /**
   * Keeps the resources that a partly unreadable file contained in the last load, unless it or
   * another file contains them now.
   */
  private Set<ResourceId> keepUnreadable(
      Path file, Manifests manifests, Map<ResourceId, HasMetadata> newest) {
    Set<ResourceId> kept = new HashSet<>();
    for (ResourceId id : lastContents.getOrDefault(file, Set.of())) {
      Optional<HasMetadata> last = active.version(id);
      if (last.isPresent()
          && manifests.mightContain(id)
          && newest.putIfAbsent(id, last.get()) == null) {
        kept.add(id);
      }
    }
    return kept;
  }
}
