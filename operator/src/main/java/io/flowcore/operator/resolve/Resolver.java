package io.flowcore.operator.resolve;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.Refusal;
import io.flowcore.catalog.Refusal.Reason;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.SecretEntries;
import io.flowcore.operator.gather.Family;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.resolve.Resolution.Entry;
import io.flowcore.operator.resolve.Resolution.EventTypeIn;
import io.flowcore.operator.resolve.Resolution.FlowTypeIn;
import io.flowcore.operator.resolve.Resolution.KeyIn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Judges a family: the catalog's own rules, and those that hold only in a cluster. */
public final class Resolver {
  /** Where the worker's volume is mounted. */
  public static final String DATA_FOLDER = "/var/lib/flowcore";

  private static final List<String> CREDENTIALS = List.of("accessKeyId", "secretAccessKey");

  private Resolver() {}

  /** Judges. Never throws for what a resource contains. */
  public static Resolution resolve(Family family) {
    Compilation compiled = CatalogCompiler.compile(resources(family));
    Map<ResourceId, List<Refusal>> verdicts = verdicts(family, compiled);
    Map<ResourceId, Long> generations = generations(family);
    Optional<DataCoreEntry> entry = ownEntry(family, compiled);
    if (family.dataCore().isEmpty() || entry.isEmpty() || !verdicts.get(family.id()).isEmpty()) {
      return new Resolution.Refused(verdicts, generations);
    }
    List<KeyEntry> keys =
        compiled.catalog().keys().stream()
            .filter(key -> key.dataCoreId().equals(entry.get().id()))
            .toList();
    Catalog catalog = Catalog.of(List.of(entry.get()), keys);
    DataCore dataCore = family.dataCore().get();
    return new Resolution.Accepted(
        dataCore,
        catalog,
        family.neighbours().stream().allMatch(other -> before(dataCore, other)),
        entries(family, compiled, catalog),
        verdicts,
        generations);
  }

  private static ResourceSet resources(Family family) {
    List<DataCore> cores = new ArrayList<>(family.rivals());
    family.dataCore().ifPresent(cores::add);
    return new ResourceSet(
        cores, family.flowTypes(), family.eventTypes(), family.webhookKeys(), family.secrets());
  }

  private static Optional<DataCoreEntry> ownEntry(Family family, Compilation compiled) {
    return compiled.accepted(family.id())
        ? compiled.catalog().dataCores().stream().findFirst()
        : Optional.empty();
  }

  /** The older resource comes first, then the one whose namespace and name do. */
  private static boolean before(DataCore one, DataCore other) {
    return Comparator.comparing((DataCore core) -> created(core))
            .thenComparing(ResourceId::of)
            .compare(one, other)
        < 0;
  }

  private static String created(DataCore core) {
    String created = core.getMetadata().getCreationTimestamp();
    return created == null ? "" : created;
  }

  private static Map<ResourceId, List<Refusal>> verdicts(Family family, Compilation compiled) {
    Map<ResourceId, List<Refusal>> verdicts = new HashMap<>(compiled.verdicts());
    family.rivals().forEach(rival -> verdicts.remove(ResourceId.of(rival)));
    family
        .dataCore()
        .ifPresent(core -> {
          List<Refusal> refusals = new ArrayList<>(verdicts.get(family.id()));
          refusals.addAll(inCluster(core, family));
          verdicts.put(family.id(), List.copyOf(refusals));
        });
    return verdicts;
  }

  private static List<Refusal> inCluster(DataCore core, Family family) {
    List<Refusal> refusals = new ArrayList<>();
    Optional<String> path =
        Optional.ofNullable(core.getSpec())
            .map(spec -> spec.archive())
            .map(archive -> archive.directory())
            .map(directory -> directory.path());
    if (path.isPresent() && !path.get().startsWith(DATA_FOLDER + "/")) {
      refusals.add(
          Refusal.of(
              Reason.Invalid,
              "spec.archive.directory.path is "
                  + path.get()
                  + "; in a cluster it must lie under "
                  + DATA_FOLDER
                  + ", which is the worker's volume"));
    }
    Index.archiveSecret(core).flatMap(name -> missing(name, family)).ifPresent(refusals::add);
    return refusals;
  }

  private static Optional<Refusal> missing(String name, Family family) {
    ResourceId id = new ResourceId("Secret", family.id().namespace(), name);
    Optional<Map<String, String>> texts =
        family.secrets().stream()
            .filter(secret -> ResourceId.of(secret).equals(id))
            .findFirst()
            .map(SecretEntries::texts);
    if (texts.isPresent() && texts.get().keySet().containsAll(CREDENTIALS)) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
            Reason.SecretNotFound,
            "spec.archive.s3.credentialsSecretRef names "
                + id
                + (texts.isEmpty()
                    ? ", which does not exist"
                    : ", which lacks accessKeyId or secretAccessKey")));
  }

  private static Map<ResourceId, Long> generations(Family family) {
    Map<ResourceId, Long> generations = new HashMap<>();
    Stream.of(
            family.dataCore().stream(),
            family.flowTypes().stream(),
            family.eventTypes().stream(),
            family.webhookKeys().stream())
        .flatMap(resources -> resources)
        .forEach(resource -> generations.put(ResourceId.of(resource), generation(resource)));
    return generations;
  }

  private static long generation(HasMetadata resource) {
    Long generation = resource.getMetadata().getGeneration();
    return generation == null ? 0 : generation;
  }

  private static Map<ResourceId, Entry> entries(
      Family family, Compilation compiled, Catalog catalog) {
    Map<ResourceId, Entry> entries = new HashMap<>();
    Map<String, FlowTypeEntry> flows = new HashMap<>();
    catalog.dataCores().getFirst().flowTypes().forEach(flow -> flows.put(flow.name(), flow));
    Map<ResourceId, FlowTypeEntry> flowOf = new HashMap<>();
    for (FlowType resource : family.flowTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (compiled.accepted(id)) {
        FlowTypeEntry flow = flows.get(resource.getSpec().name());
        flowOf.put(id, flow);
        entries.put(id, new FlowTypeIn(flow));
      }
    }
    for (EventType resource : family.eventTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (compiled.accepted(id)) {
        FlowTypeEntry flow =
            flowOf.get(
                new ResourceId(
                    "FlowType", id.namespace(), resource.getSpec().flowTypeRef().name()));
        flow.eventTypes().stream()
            .filter(type -> type.name().equals(resource.getSpec().name()))
            .findFirst()
            .ifPresent(type -> entries.put(id, new EventTypeIn(flow, type)));
      }
    }
    Map<String, KeyEntry> keys = new HashMap<>();
    catalog.keys().forEach(key -> keys.put(key.resource(), key));
    for (WebhookKey resource : family.webhookKeys()) {
      ResourceId id = ResourceId.of(resource);
      KeyEntry key = keys.get(id.namespace() + "/" + id.name());
      if (compiled.accepted(id) && key != null) {
        entries.put(id, new KeyIn(key, opens(key, flows.values())));
      }
    }
    return entries;
  }

  private static List<String> opens(KeyEntry key, Collection<FlowTypeEntry> flows) {
    List<String> opens = new ArrayList<>();
    for (FlowTypeEntry flow : flows) {
      for (EventTypeEntry type : flow.eventTypes()) {
        boolean open =
            key.allow().isEmpty()
                || key.allow().stream().anyMatch(one -> one.covers(flow.name(), type.name()));
        if (open) {
          opens.add(flow.name() + "/" + type.name());
        }
      }
    }
    Collections.sort(opens);
    return List.copyOf(opens);
  }
}
