package io.flowcore.operator.resolve;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.Archive;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreInputs;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What stays in force of resources that are refused: their last good version, as the catalog has it
 * that was written before. A bad change takes nothing down; what is deleted goes, and what stops a
 * key counts whatever else is wrong with it. Pure.
 */
final class Remains {
  /** Ends a sentence about what is refused and yet goes on. */
  static final String KEPT = " (its last good version stays in force)";

  /** A key whose Secret is gone or another's is revoked, and one whose id is taken has no place. */
  private static final Set<Reason> NOT_KEPT =
      Set.of(Reason.SecretNotFound, Reason.SecretConflict, Reason.KeyConflict);

  private final DataCoreInputs family;
  private final Map<ResourceId, List<ValidationFailure>> verdicts;
  private final DataCoreEntry before;
  private final Map<String, KeyEntry> keysBefore = new HashMap<>();
  private final Set<ResourceId> kept = new HashSet<>();

  /**
   * Looks at what was in force.
   *
   * @param before a catalog of the family's data core alone
   */
  Remains(
      DataCoreInputs family, Map<ResourceId, List<ValidationFailure>> verdicts, Catalog before) {
    this.family = family;
    this.verdicts = verdicts;
    this.before = before.dataCores().getFirst();
    before.keys().forEach(key -> keysBefore.put(key.resource(), key));
  }

  /** A catalog, with what stays of those that it lacks. */
  Catalog with(Catalog catalog) {
    DataCoreEntry core = catalog.dataCores().getFirst();
    return Catalog.of(List.of(withFlows(core, core.flowTypes())), keys(catalog.keys()));
  }

  /**
   * All that was in force, where the data core itself is refused: without what was deleted since,
   * and with keys as they are now.
   */
  Catalog ofRefusedDataCore() {
    List<KeyEntry> judged =
        CatalogCompiler.compile(asIfGood()).catalog().keys().stream()
            .filter(key -> keysBefore.containsKey(key.resource()))
            .toList();
    return Catalog.of(List.of(withFlows(before, List.of())), keys(judged));
  }

  /** The family with a data core that nothing is wrong with, so that its keys can be judged. */
  private ResourceSet asIfGood() {
    DataCore good = new DataCore();
    good.setMetadata(family.dataCore().orElseThrow().getMetadata());
    good.setSpec(
        new DataCoreSpec(
            before.tenant(),
            before.name(),
            null,
            null,
            new HotStore(new HotStore.Embedded("1Gi", null), null),
            new Archive(null, null, new Archive.None()),
            null,
            null,
            null,
            null));
    return new ResourceSet(
        List.of(good),
        family.flowTypes(),
        family.eventTypes(),
        family.webhookKeys(),
        family.secrets());
  }

  /** What was kept, among the verdicts of what was refused. */
  Map<ResourceId, List<ValidationFailure>> told() {
    Map<ResourceId, List<ValidationFailure>> told = new HashMap<>(verdicts);
    kept.forEach(id -> told.computeIfPresent(id, (same, refusals) -> told(refusals)));
    return told;
  }

  private static List<ValidationFailure> told(List<ValidationFailure> refusals) {
    return refusals.stream()
        .map(one -> new ValidationFailure(one.condition(), one.reason(), one.message() + KEPT))
        .toList();
  }

  private boolean isRefused(HasMetadata resource) {
    return !verdicts.getOrDefault(ResourceId.of(resource), List.of()).isEmpty();
  }

  private DataCoreEntry withFlows(DataCoreEntry core, List<FlowTypeEntry> accepted) {
    TreeMap<String, FlowTypeEntry> flows = new TreeMap<>();
    accepted.forEach(flow -> flows.put(flow.name(), flow));
    for (FlowType resource : family.flowTypes()) {
      String name = resource.getSpec() == null ? "" : String.valueOf(resource.getSpec().name());
      Optional<FlowTypeEntry> last =
          before.flowTypes().stream().filter(flow -> flow.name().equals(name)).findFirst();
      if (last.isPresent()) {
        FlowTypeEntry present = flows.get(name);
        if (present == null && isRefused(resource)) {
          kept.add(ResourceId.of(resource));
          present = last.get().with(List.of());
        }
        if (present != null) {
          flows.put(name, withTypes(resource, present, last.get()));
        }
      }
    }
    return core.with(List.copyOf(flows.values()));
  }

  private FlowTypeEntry withTypes(FlowType of, FlowTypeEntry flow, FlowTypeEntry last) {
    TreeMap<String, EventTypeEntry> types = new TreeMap<>();
    flow.eventTypes().forEach(type -> types.put(type.name(), type));
    for (EventType resource : family.eventTypes()) {
      boolean here =
          resource.getSpec() != null
              && resource.getSpec().flowTypeRef() != null
              && of.getMetadata().getName().equals(resource.getSpec().flowTypeRef().name());
      if (here && isRefused(resource)) {
        last.eventTypes().stream()
            .filter(type -> type.name().equals(resource.getSpec().name()))
            .filter(type -> types.putIfAbsent(type.name(), type) == null)
            .forEach(type -> kept.add(ResourceId.of(resource)));
      }
    }
    return flow.with(List.copyOf(types.values()));
  }

  private List<KeyEntry> keys(List<KeyEntry> accepted) {
    List<KeyEntry> keys = new ArrayList<>(accepted);
    Set<String> taken = new HashSet<>();
    Set<String> present = new HashSet<>();
    accepted.forEach(key -> {
      taken.add(key.keyId());
      present.add(key.resource());
    });
    for (WebhookKey resource : family.webhookKeys()) {
      ResourceId id = ResourceId.of(resource);
      String name = id.namespace() + "/" + id.name();
      KeyEntry last = keysBefore.get(name);
      boolean keeps =
          last != null
              && !present.contains(name)
              && verdicts.getOrDefault(id, List.of()).stream()
                  .map(ValidationFailure::reason)
                  .noneMatch(NOT_KEPT::contains)
              && taken.add(last.keyId());
      if (keeps) {
        kept.add(id);
        keys.add(limited(last, resource.getSpec()));
      }
    }
    keys.sort(Comparator.comparing(KeyEntry::keyId));
    return keys;
  }

  /** Suspended if either says so, and ending at the earlier of both ends. */
  private static KeyEntry limited(KeyEntry last, WebhookKeySpec now) {
    Optional<Instant> end =
        Stream.concat(last.expiresAt().stream(), end(now).stream()).min(Instant::compareTo);
    return new KeyEntry(
        last.keyId(),
        last.resource(),
        last.dataCoreId(),
        last.digests(),
        last.permissions(),
        last.allow(),
        end,
        last.suspended() || (now != null && Boolean.TRUE.equals(now.suspended())),
        last.rateLimit());
  }

  private static Optional<Instant> end(WebhookKeySpec spec) {
    try {
      return Optional.ofNullable(spec)
          .map(WebhookKeySpec::expiresAt)
          .map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      // What it is refused for; the end of before counts.
      return Optional.empty();
    }
  }
}
