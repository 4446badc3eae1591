package io.flowcore.catalog;

import static io.flowcore.catalog.FieldValidator.orEmpty;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/**
 * Compiles resources into a {@link Catalog}. Pure.
 *
 * <p>Each resource is validated by itself: a rejected resource affects only those that refer to it.
 * If two resources request the same name, its previous owner keeps it; otherwise the older one gets
 * it, or the one whose namespace and name sort first if both are equally old; the message of the
 * other names the owner. The order of the input does not matter.
 */
public final class CatalogCompiler {
  private static final Reference DATA_CORE_REF =
      new Reference(
          ResourceKind.DATA_CORE,
          "spec.dataCoreRef",
          Reason.DATA_CORE_NOT_FOUND,
          Reason.DATA_CORE_REJECTED);
  private static final Reference FLOW_TYPE_REF =
      new Reference(
          ResourceKind.FLOW_TYPE,
          "spec.flowTypeRef",
          Reason.FLOW_TYPE_NOT_FOUND,
          Reason.FLOW_TYPE_REJECTED);
  private static final Comparator<HasMetadata> OLDEST_FIRST =
      comparing((HasMetadata resource) -> orEmpty(resource.getMetadata().getCreationTimestamp()))
          .thenComparing(ResourceId::of);

  private final TreeMap<ResourceId, List<ValidationFailure>> verdicts = new TreeMap<>();
  private final Map<ResourceId, DataCoreEntry> dataCores = new HashMap<>();
  private final Map<ResourceId, FlowTypeEntry> flowTypes = new HashMap<>();
  private final Map<ResourceId, EventTypeEntry> eventTypes = new HashMap<>();
  private final List<KeyEntry> keys = new ArrayList<>();

  /** The data core of each accepted data core and flow type, for the defaults of event types. */
  private final Map<ResourceId, DataCore> dataCoreOf = new HashMap<>();

  private final Map<ResourceId, List<ResourceId>> children = new HashMap<>();
  private final NameRegistry names;
  private final Map<ResourceId, List<ValidationFailure>> rejected;
  private final Set<ResourceId> lastGood;

  private CatalogCompiler(
      Map<String, ResourceId> previousOwners,
      Map<ResourceId, List<ValidationFailure>> rejected,
      Set<ResourceId> lastGood) {
    names = new NameRegistry(previousOwners);
    this.rejected = rejected;
    this.lastGood = lastGood;
  }

  /** Compiles resources. Never throws because of the content of a resource. */
  public static Compilation compile(ResourceSet resources) {
    return compile(resources, Map.of());
  }

  /**
   * Compiles resources. Never throws because of the content of a resource.
   *
   * @param previousOwners the {@link Compilation#owners} of the active state. An owner that still
   *     requests its name keeps it, whatever the age of the others.
   */
  public static Compilation compile(ResourceSet resources, Map<String, ResourceId> previousOwners) {
    return compile(resources, previousOwners, Map.of());
  }

  /**
   * Compiles resources. Never throws because of the content of a resource.
   *
   * @param previousOwners see {@link #compile(ResourceSet, Map)}
   * @param rejected resources that other rules reject, with their failures. They are not compiled
   *     and get no name, and resources that refer to them are rejected too.
   */
  public static Compilation compile(
      ResourceSet resources,
      Map<String, ResourceId> previousOwners,
      Map<ResourceId, List<ValidationFailure>> rejected) {
    return new CatalogCompiler(previousOwners, rejected, Set.of()).run(resources);
  }

  /**
   * Compiles resources as {@link #compile(ResourceSet, Map)} does.
   *
   * @param lastGood last known good versions, which can exceed the newest limits of a data core
   */
  public static Compilation compile(
      ResourceSet resources, Map<String, ResourceId> previousOwners, Set<ResourceId> lastGood) {
    return new CatalogCompiler(previousOwners, Map.of(), lastGood).run(resources);
  }

  private Compilation run(ResourceSet resources) {
    compileEach(resources.dataCores(), DataCore::getSpec, this::dataCore);
    compileEach(resources.flowTypes(), FlowType::getSpec, this::flowType);
    compileEach(resources.eventTypes(), EventType::getSpec, this::eventType);
    KeyResolver resolver = new KeyResolver(resources.secrets());
    compileEach(
        resources.webhookKeys(),
        WebhookKey::getSpec,
        (key, id, fields) -> webhookKey(key, id, fields, resolver));
    List<DataCoreEntry> tree =
        dataCores.entrySet().stream()
            .map(entry -> withFlowTypes(entry.getValue(), entry.getKey()))
            .sorted(comparing(DataCoreEntry::tenant).thenComparing(DataCoreEntry::name))
            .toList();
    keys.sort(comparing(KeyEntry::keyId));
    return new Compilation(Catalog.of(tree, keys), verdicts, names.owners());
  }

  /**
   * Compiles resources one by one, the oldest first. A value that the checks do not expect, such as
   * null in a list, rejects only its own resource.
   */
  private <T extends HasMetadata> void compileEach(
      Collection<T> resources, Function<T, ?> spec, ResourceCompiler<T> compiler) {
    for (T resource : resources.stream().sorted(OLDEST_FIRST).toList()) {
      ResourceId id = ResourceId.of(resource);
      if (rejected.containsKey(id)) {
        verdicts.put(id, rejected.get(id));
        continue;
      }
      FieldValidator fields = new FieldValidator();
      try {
        if (spec.apply(resource) == null) {
          fields.invalid("spec", "is required");
          reject(id, fields);
        } else {
          compiler.compile(resource, id, fields);
        }
      } catch (RuntimeException e) {
        String problem =
            "the resource has an unexpected value, such as null in a list ("
                + e.getClass().getSimpleName()
                + "); compare it with the API reference";
        verdicts.put(id, List.of(ValidationFailure.of(Reason.INVALID, problem)));
      }
    }
    verdicts.putAll(names.assign());
  }

  /** Compiles one resource, which has a spec. */
  private interface ResourceCompiler<T> {
    void compile(T resource, ResourceId id, FieldValidator fields);
  }

  private void dataCore(DataCore resource, ResourceId id, FieldValidator fields) {
    DataCoreEntry entry = SpecConverter.dataCore(resource.getSpec(), id.namespace(), fields);
    String name = "data core " + entry.tenant() + "/" + entry.name();
    acceptIfNameIsFree(
        id,
        fields,
        name,
        Reason.NAME_CONFLICT,
        () -> {
          dataCores.put(id, entry);
          dataCoreOf.put(id, resource);
        });
  }

  private void flowType(FlowType resource, ResourceId id, FieldValidator fields) {
    var spec = resource.getSpec();
    String name = fields.name("spec.name", spec.name(), Patterns.MAX_NAME);
    ResourceId parent = resolve(id, DATA_CORE_REF, spec.dataCoreRef(), fields);
    acceptIfNameIsFree(
        id,
        fields,
        "flow type " + name + " of " + parent,
        Reason.NAME_CONFLICT,
        () -> {
          UUID flowType = Ids.flowType(dataCores.get(parent).id(), name);
          flowTypes.put(
              id, new FlowTypeEntry(flowType, name, orEmpty(spec.description()), List.of()));
          dataCoreOf.put(id, dataCoreOf.get(parent));
          children.computeIfAbsent(parent, key -> new ArrayList<>()).add(id);
        });
  }

  private void eventType(EventType resource, ResourceId id, FieldValidator fields) {
    var spec = resource.getSpec();
    String name = fields.name("spec.name", spec.name(), Patterns.MAX_NAME);
    ResourceId parent = resolve(id, FLOW_TYPE_REF, spec.flowTypeRef(), fields);
    if (fields.hasFailures()) {
      reject(id, fields);
      return;
    }
    EventTypeEntry entry =
        SpecConverter.eventType(
            resource,
            dataCoreOf.get(parent).getSpec(),
            flowTypes.get(parent).id(),
            lastGood.contains(id),
            fields);
    acceptIfNameIsFree(
        id,
        fields,
        "event type " + name + " of " + parent,
        Reason.NAME_CONFLICT,
        () -> {
          eventTypes.put(id, entry);
          children.computeIfAbsent(parent, key -> new ArrayList<>()).add(id);
        });
  }

  private void webhookKey(
      WebhookKey resource, ResourceId id, FieldValidator fields, KeyResolver resolver) {
    var spec = resource.getSpec();
    ResourceId parent = resolve(id, DATA_CORE_REF, spec.dataCoreRef(), fields);
    Optional<KeyResolver.Resolved> key = resolver.resolve(resource, fields);
    if (fields.hasFailures()) {
      reject(id, fields);
      return;
    }
    KeyEntry entry = SpecConverter.key(id, spec, dataCores.get(parent).id(), key.orElseThrow());
    acceptIfNameIsFree(
        id, fields, "key id " + entry.keyId(), Reason.KEY_CONFLICT, () -> keys.add(entry));
  }

  /** Returns the resource that a reference names, or reports why it cannot be used. */
  private ResourceId resolve(
      ResourceId from, Reference reference, ObjectRef ref, FieldValidator fields) {
    String name = ref == null ? "" : orEmpty(ref.name());
    ResourceId target = new ResourceId(reference.kind(), from.namespace(), name);
    List<ValidationFailure> verdict = verdicts.get(target);
    String problem = reference.field() + " names " + target;
    if (name.isEmpty()) {
      fields.invalid(reference.field() + ".name", "is required");
    } else if (verdict == null) {
      fields.reject(
          reference.notFound(),
          problem + ", which does not exist; create it or correct the reference");
    } else if (!verdict.isEmpty()) {
      fields.reject(reference.rejected(), problem + ", which is rejected; fix that one first");
    }
    return target;
  }

  /** A field that refers to another resource, and the reasons to reject it. */
  private record Reference(ResourceKind kind, String field, Reason notFound, Reason rejected) {}

  /** Rejects a resource with failures; accepts any other resource if it gets the requested name. */
  private void acceptIfNameIsFree(
      ResourceId id, FieldValidator fields, String name, Reason conflict, Runnable accept) {
    if (fields.hasFailures()) {
      reject(id, fields);
    } else {
      names.request(name, id, conflict, accept);
    }
  }

  private void reject(ResourceId id, FieldValidator fields) {
    verdicts.put(id, fields.failures());
  }

  private DataCoreEntry withFlowTypes(DataCoreEntry core, ResourceId id) {
    List<FlowTypeEntry> flows =
        childrenOf(id, flowTypes, FlowTypeEntry::name).stream()
            .map(entry -> withEventTypes(entry.getValue(), entry.getKey()))
            .toList();
    return core.withFlowTypes(flows);
  }

  private FlowTypeEntry withEventTypes(FlowTypeEntry flow, ResourceId id) {
    List<EventTypeEntry> types =
        childrenOf(id, eventTypes, EventTypeEntry::name).stream().map(Map.Entry::getValue).toList();
    return flow.withEventTypes(types);
  }

  private <T> List<Map.Entry<ResourceId, T>> childrenOf(
      ResourceId parent, Map<ResourceId, T> entries, Function<T, String> name) {
    return children.getOrDefault(parent, List.of()).stream()
        .map(child -> Map.entry(child, entries.get(child)))
        .sorted(comparing(entry -> name.apply(entry.getValue())))
        .toList();
  }
}
