package io.flowcore.catalog;

import static io.flowcore.catalog.FieldChecks.text;
import static java.util.Comparator.comparing;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.ObjectRef;
import io.flowcore.api.v1alpha1.Patterns;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The pure function from resources to a {@link Catalog}.
 *
 * <p>Every resource is judged by itself: one that is refused takes nothing down but what refers to
 * it. Where two resources claim one name the older wins, then the one whose namespace and name sort
 * first; the loser is told who won. The order of the input does not matter.
 */
public final class CatalogCompiler {
  private static final Comparator<HasMetadata> FIRST_COME_FIRST =
      comparing((HasMetadata resource) -> text(resource.getMetadata().getCreationTimestamp()))
          .thenComparing(ResourceId::of);

  private final TreeMap<ResourceId, List<ValidationFailure>> verdicts = new TreeMap<>();
  private final Map<ResourceId, DataCoreEntry> dataCores = new HashMap<>();
  private final Map<ResourceId, FlowTypeEntry> flowTypes = new HashMap<>();
  private final Map<ResourceId, EventTypeEntry> eventTypes = new HashMap<>();
  private final List<KeyEntry> keys = new ArrayList<>();

  /** What a flow type needs of its data core, and an event type of its flow type. */
  private final Map<ResourceId, DataCore> parents = new HashMap<>();

  private final Map<ResourceId, List<ResourceId>> children = new HashMap<>();
  private final Claims claims;

  private CatalogCompiler(Map<String, ResourceId> ownersBefore) {
    claims = new Claims(ownersBefore);
  }

  /** Compiles. Never throws for what a resource contains. */
  public static Compilation compile(ResourceSet resources) {
    return compile(resources, Map.of());
  }

  /**
   * Compiles.
   *
   * @param ownersBefore the {@link Compilation#owners} of the state in force. Whoever has a name
   *     and still asks for it keeps it, however old the others are.
   */
  public static Compilation compile(ResourceSet resources, Map<String, ResourceId> ownersBefore) {
    return new CatalogCompiler(ownersBefore).run(resources);
  }

  private Compilation run(ResourceSet resources) {
    each(resources.dataCores(), this::dataCore);
    each(resources.flowTypes(), this::flowType);
    each(resources.eventTypes(), this::eventType);
    KeyResolver resolver = new KeyResolver(resources.secrets());
    each(resources.webhookKeys(), key -> webhookKey(key, resolver));
    List<DataCoreEntry> tree =
        dataCores.entrySet().stream()
            .map(entry -> withFlowTypes(entry.getValue(), entry.getKey()))
            .sorted(comparing(DataCoreEntry::tenant).thenComparing(DataCoreEntry::name))
            .toList();
    keys.sort(comparing(KeyEntry::keyId));
    return new Compilation(Catalog.of(tree, keys), verdicts, claims.owners());
  }

  /**
   * Judges resources one by one, the oldest first. A value that no check foresees, such as a null
   * in a list, refuses its resource and no other.
   */
  private <T extends HasMetadata> void each(Collection<T> resources, Consumer<T> judge) {
    for (T resource : resources.stream().sorted(FIRST_COME_FIRST).toList()) {
      try {
        judge.accept(resource);
      } catch (RuntimeException e) {
        String problem =
            "the resource holds a value that can't be used (" + e.getClass().getSimpleName() + ")";
        verdicts.put(
            ResourceId.of(resource), List.of(ValidationFailure.of(Reason.Invalid, problem)));
      }
    }
    verdicts.putAll(claims.award());
  }

  private void dataCore(DataCore resource) {
    ResourceId id = ResourceId.of(resource);
    FieldChecks checks = new FieldChecks();
    DataCoreEntry entry = SpecReader.dataCore(resource.getSpec(), id.namespace(), checks);
    String name = "data core " + entry.tenant() + "/" + entry.name();
    judge(
        id,
        checks,
        name,
        Reason.NameConflict,
        () -> {
          dataCores.put(id, entry);
          parents.put(id, resource);
        });
  }

  private void flowType(FlowType resource) {
    ResourceId id = ResourceId.of(resource);
    FieldChecks checks = new FieldChecks();
    var spec = resource.getSpec();
    if (lacksSpec(spec, id, checks)) {
      return;
    }
    String name = checks.name("spec.name", spec.name(), Patterns.MAX_NAME);
    ResourceId parent = resolveDataCore(id, spec.dataCoreRef(), checks);
    judge(
        id,
        checks,
        "flow type " + name + " of " + parent,
        Reason.NameConflict,
        () -> {
          UUID flowType = Ids.flowType(dataCores.get(parent).id(), name);
          flowTypes.put(id, new FlowTypeEntry(flowType, name, text(spec.description()), List.of()));
          parents.put(id, parents.get(parent));
          children.computeIfAbsent(parent, key -> new ArrayList<>()).add(id);
        });
  }

  private void eventType(EventType resource) {
    ResourceId id = ResourceId.of(resource);
    FieldChecks checks = new FieldChecks();
    var spec = resource.getSpec();
    if (lacksSpec(spec, id, checks)) {
      return;
    }
    String name = checks.name("spec.name", spec.name(), Patterns.MAX_NAME);
    ResourceId parent =
        resolve(
            id,
            "FlowType",
            spec.flowTypeRef(),
            "spec.flowTypeRef",
            Reason.FlowTypeNotFound,
            Reason.FlowTypeRefused,
            checks);
    if (!checks.refusals().isEmpty()) {
      refuse(id, checks);
      return;
    }
    EventTypeEntry entry =
        SpecReader.eventType(
            resource, parents.get(parent).getSpec(), flowTypes.get(parent).id(), checks);
    judge(
        id,
        checks,
        "event type " + name + " of " + parent,
        Reason.NameConflict,
        () -> {
          eventTypes.put(id, entry);
          children.computeIfAbsent(parent, key -> new ArrayList<>()).add(id);
        });
  }

  private void webhookKey(WebhookKey resource, KeyResolver resolver) {
    ResourceId id = ResourceId.of(resource);
    FieldChecks checks = new FieldChecks();
    var spec = resource.getSpec();
    if (lacksSpec(spec, id, checks)) {
      return;
    }
    ResourceId parent = resolveDataCore(id, spec.dataCoreRef(), checks);
    Optional<KeyResolver.Resolved> key = resolver.resolve(resource, checks);
    if (!checks.refusals().isEmpty()) {
      refuse(id, checks);
      return;
    }
    KeyEntry entry = SpecReader.key(id, spec, dataCores.get(parent).id(), key.orElseThrow());
    judge(id, checks, "key id " + entry.keyId(), Reason.KeyConflict, () -> keys.add(entry));
  }

  private boolean lacksSpec(Object spec, ResourceId id, FieldChecks checks) {
    if (spec == null) {
      checks.invalid("spec", "is required");
      refuse(id, checks);
    }
    return spec == null;
  }

  private ResourceId resolveDataCore(ResourceId from, ObjectRef ref, FieldChecks checks) {
    return resolve(
        from,
        "DataCore",
        ref,
        "spec.dataCoreRef",
        Reason.DataCoreNotFound,
        Reason.DataCoreRefused,
        checks);
  }

  /** Finds what a reference names, or says why it can't be used. */
  private ResourceId resolve(
      ResourceId from,
      String kind,
      ObjectRef ref,
      String field,
      Reason notFound,
      Reason refused,
      FieldChecks checks) {
    String name = ref == null ? "" : text(ref.name());
    ResourceId target = new ResourceId(kind, from.namespace(), name);
    List<ValidationFailure> verdict = verdicts.get(target);
    if (name.isEmpty()) {
      checks.invalid(field + ".name", "is required");
    } else if (verdict == null) {
      checks
          .refusals()
          .add(
              ValidationFailure.of(
                  notFound, field + " names " + target + ", which does not exist"));
    } else if (!verdict.isEmpty()) {
      checks
          .refusals()
          .add(
              ValidationFailure.of(
                  refused, field + " names " + target + ", which is refused itself"));
    }
    return target;
  }

  /** Refuses a resource, or accepts it if it gets the name that it asks for. */
  private void judge(
      ResourceId id, FieldChecks checks, String name, Reason conflict, Runnable accept) {
    if (checks.refusals().isEmpty()) {
      claims.ask(name, id, conflict, accept);
    } else {
      refuse(id, checks);
    }
  }

  private void refuse(ResourceId id, FieldChecks checks) {
    verdicts.put(id, List.copyOf(checks.refusals()));
  }

  private DataCoreEntry withFlowTypes(DataCoreEntry core, ResourceId id) {
    List<FlowTypeEntry> flows =
        childrenOf(id, flowTypes, FlowTypeEntry::name).stream()
            .map(entry -> withEventTypes(entry.getValue(), entry.getKey()))
            .toList();
    return core.with(flows);
  }

  private FlowTypeEntry withEventTypes(FlowTypeEntry flow, ResourceId id) {
    List<EventTypeEntry> types =
        childrenOf(id, eventTypes, EventTypeEntry::name).stream().map(Map.Entry::getValue).toList();
    return flow.with(types);
  }

  private <T> List<Map.Entry<ResourceId, T>> childrenOf(
      ResourceId parent, Map<ResourceId, T> entries, Function<T, String> name) {
    return children.getOrDefault(parent, List.of()).stream()
        .map(child -> Map.entry(child, entries.get(child)))
        .sorted(comparing(entry -> name.apply(entry.getValue())))
        .toList();
  }
}
