package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.KeyText;
import io.flowcore.catalog.Refusal;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.SecretEntries;
import io.flowcore.worker.catalog.ManifestReader.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

  /** What is in force of each resource, Secrets included. */
  private volatile Map<ResourceId, HasMetadata> inForce = Map.of();

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
  public Map<String, String> keyTexts() {
    Map<String, String> keys = new HashMap<>();
    for (Secret secret : only(inForce, Secret.class)) {
      SecretEntries.texts(secret)
          .values()
          .forEach(text -> KeyText.id(text).ifPresent(id -> keys.put(id, text)));
    }
    return keys;
  }

  @Override
  public Object fingerprint() throws IOException {
    return FileFingerprint.of(files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).filter(ManifestFolder::isManifest).sorted().toList();
    }
  }

  private static boolean isManifest(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  @Override
  public Loaded load() throws IOException {
    List<String> refusals = new ArrayList<>();
    Map<Path, Set<ResourceId>> held = new HashMap<>();
    SortedMap<ResourceId, HasMetadata> read = readAll(held, refusals);
    Compilation compiled = CatalogCompiler.compile(resources(read));
    if (keepLastGood(read, compiled, refusals)) {
      compiled = CatalogCompiler.compile(resources(read));
    }
    inForce = acceptedOf(read, compiled);
    lastHeld = held;
    return new Loaded(compiled.catalog(), refusals);
  }

  private SortedMap<ResourceId, HasMetadata> readAll(
      Map<Path, Set<ResourceId>> held, List<String> refusals) throws IOException {
    TreeMap<ResourceId, HasMetadata> read = new TreeMap<>();
    for (Path file : files()) {
      Manifests manifests = ManifestReader.read(file);
      manifests.problems().forEach(problem -> refusals.add(problem.text()));
      Set<ResourceId> ids = new HashSet<>();
      for (HasMetadata resource : manifests.resources()) {
        ResourceId id = ResourceId.of(resource);
        ids.add(id);
        if (read.putIfAbsent(id, resource) != null) {
          refusals.add(
              "%s: %s stands in another file already; that one counts"
                  .formatted(file.getFileName(), id));
        }
      }
      if (!manifests.problems().isEmpty()) {
        ids.addAll(keepUnread(file, manifests, read));
      }
      held.put(file, ids);
    }
    return read;
  }

  /** Of a file that could be read only in part: what it held before and does not show now. */
  private Set<ResourceId> keepUnread(
      Path file, Manifests manifests, Map<ResourceId, HasMetadata> read) {
    Set<ResourceId> kept = new HashSet<>();
    for (ResourceId id : lastHeld.getOrDefault(file, Set.of())) {
      HasMetadata last = inForce.get(id);
      boolean spoiled =
          manifests.damaged()
              || manifests.problems().stream()
                  .anyMatch(problem -> problem.resource().equals(Optional.of(id)));
      if (last != null && spoiled && read.putIfAbsent(id, last) == null) {
        kept.add(id);
      }
    }
    return kept;
  }

  /** Puts back the last good version of what was refused now. True if anything was put back. */
  private boolean keepLastGood(
      Map<ResourceId, HasMetadata> read, Compilation compiled, List<String> refusals) {
    boolean changed = false;
    for (Map.Entry<ResourceId, List<Refusal>> verdict : compiled.verdicts().entrySet()) {
      ResourceId id = verdict.getKey();
      HasMetadata last = inForce.get(id);
      for (Refusal refusal : verdict.getValue()) {
        String kept = last == null ? "" : " (its last good version stays in force)";
        refusals.add("%s: %s: %s%s".formatted(id, refusal.reason(), refusal.message(), kept));
      }
      if (!verdict.getValue().isEmpty() && last != null) {
        read.put(id, last);
        changed = true;
      }
    }
    return changed;
  }

  private static Map<ResourceId, HasMetadata> acceptedOf(
      Map<ResourceId, HasMetadata> read, Compilation compiled) {
    Map<ResourceId, HasMetadata> accepted = new HashMap<>();
    read.forEach((id, resource) -> {
      if (resource instanceof Secret || compiled.accepted(id)) {
        accepted.put(id, resource);
      }
    });
    return accepted;
  }

  private static ResourceSet resources(Map<ResourceId, HasMetadata> read) {
    return new ResourceSet(
        only(read, DataCore.class),
        only(read, FlowType.class),
        only(read, EventType.class),
        only(read, WebhookKey.class),
        only(read, Secret.class));
  }

  private static <T> List<T> only(Map<ResourceId, HasMetadata> read, Class<T> kind) {
    return read.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
