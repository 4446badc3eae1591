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
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.SecretEntries;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.resolve.Resolution.Entry;
import io.flowcore.operator.resolve.Resolution.EventTypeIn;
import io.flowcore.operator.resolve.Resolution.FlowTypeIn;
import io.flowcore.operator.resolve.Resolution.KeyIn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Judges a family: the catalog's own rules, and those that hold only in a cluster. */
public final class Resolver {
  /** Where the worker's volume is mounted. */
  public static final String DATA_FOLDER = "/var/lib/flowcore";

  private Resolver() {}

  /**
   * Judges. Never throws for what a resource contains.
   *
   * @param inForce the catalog of this data core that was written last; asked for only where
   *     something is refused
   */
  public static Resolution resolve(DataCoreInputs family, Supplier<Optional<Catalog>> inForce) {
    Map<ResourceId, List<ValidationFailure>> foreign = SecretOwnership.conflicts(family);
    Compilation compiled =
        CatalogCompiler.compile(resources(family, foreign.keySet()), NameOwnership.of(family));
    Map<ResourceId, List<ValidationFailure>> verdicts = verdicts(family, compiled);
    verdicts.putAll(foreign);
    Map<ResourceId, Long> generations = generations(family);
    Optional<DataCoreEntry> entry = ownEntry(family, compiled);
    boolean bad = verdicts.values().stream().anyMatch(refusals -> !refusals.isEmpty());
    Optional<Remains> remains =
        bad && family.dataCore().isPresent()
            ? inForce.get().map(before -> new Remains(family, verdicts, before))
            : Optional.empty();
    if (entry.isEmpty() || !verdicts.get(family.id()).isEmpty()) {
      Optional<Catalog> stays = remains.map(Remains::ofRefusedDataCore);
      return new Resolution.Refused(told(remains, verdicts), generations, stays);
    }
    List<KeyEntry> keys =
        compiled.catalog().keys().stream()
            .filter(key -> key.dataCoreId().equals(entry.get().id()))
            .toList();
    Catalog accepted = Catalog.of(List.of(entry.get()), keys);
    Catalog catalog = remains.map(some -> some.with(accepted)).orElse(accepted);
    DataCore dataCore = family.dataCore().orElseThrow();
    return new Resolution.Accepted(
        dataCore,
        catalog,
        NameOwnership.ownsQueryPath(dataCore, family.sameHost()),
        entries(family, compiled, accepted),
        told(remains, verdicts),
        generations);
  }

  /**
   * What is to be in force where a new catalog can't be written: the one before, without what was
   * deleted since, and with keys as they are now.
   */
  public static Catalog reduced(DataCoreInputs family, Catalog before) {
    return new Remains(family, Map.of(), before).ofRefusedDataCore();
  }

  private static Map<ResourceId, List<ValidationFailure>> told(
      Optional<Remains> remains, Map<ResourceId, List<ValidationFailure>> verdicts) {
    return remains.map(Remains::told).orElse(verdicts);
  }

  private static ResourceSet resources(DataCoreInputs family, Set<ResourceId> without) {
    List<DataCore> cores = new ArrayList<>(family.sameName());
    family.dataCore().ifPresent(cores::add);
    return new ResourceSet(
        cores,
        family.flowTypes(),
        family.eventTypes(),
        family.webhookKeys().stream().filter(key -> !without.contains(ResourceId.of(key))).toList(),
        family.secrets());
  }

  private static Optional<DataCoreEntry> ownEntry(DataCoreInputs family, Compilation compiled) {
    return compiled.accepted(family.id())
        ? compiled.catalog().dataCores().stream().findFirst()
        : Optional.empty();
  }

  private static Map<ResourceId, List<ValidationFailure>> verdicts(
      DataCoreInputs family, Compilation compiled) {
    Map<ResourceId, List<ValidationFailure>> verdicts = new HashMap<>(compiled.verdicts());
    family.sameName().forEach(rival -> verdicts.remove(ResourceId.of(rival)));
    family
        .dataCore()
        .ifPresent(core -> {
          List<ValidationFailure> refusals = new ArrayList<>(verdicts.get(family.id()));
          refusals.addAll(inCluster(core, family));
          if (refusals.isEmpty()) {
            NameOwnership.holder(family)
                .ifPresent(holder ->
                    refusals.add(
                        ValidationFailure.of(
                            Reason.NameConflict, NameOwnership.taken(core, holder))));
          }
          verdicts.put(family.id(), List.copyOf(refusals));
        });
    return verdicts;
  }

  private static List<ValidationFailure> inCluster(DataCore core, DataCoreInputs family) {
    List<ValidationFailure> refusals = new ArrayList<>();
    Optional<String> path =
        Optional.ofNullable(core.getSpec())
            .map(spec -> spec.archive())
            .map(archive -> archive.directory())
            .map(directory -> directory.path());
    if (path.isPresent() && !path.get().startsWith(DATA_FOLDER + "/")) {
      refusals.add(
          ValidationFailure.of(
              Reason.Invalid,
              "spec.archive.directory.path is "
                  + path.get()
                  + "; in a cluster it must lie under "
                  + DATA_FOLDER
                  + ", which is the worker's volume"));
    }
    Index.archiveSecret(core)
        .flatMap(name ->
            missing(
                "spec.archive.s3.credentialsSecretRef",
                name,
                List.of("accessKeyId", "secretAccessKey"),
                family))
        .ifPresent(refusals::add);
    Index.cassandraSecret(core)
        .flatMap(name ->
            missing(
                "spec.hotStore.cassandra.credentialsSecretRef",
                name,
                List.of("username", "password"),
                family))
        .ifPresent(refusals::add);
    Index.cassandraAuthority(core)
        .flatMap(name ->
            missing("spec.hotStore.cassandra.tls.caSecretRef", name, List.of("ca.crt"), family))
        .ifPresent(refusals::add);
    Index.cassandraCertificate(core)
        .flatMap(name ->
            missing(
                "spec.hotStore.cassandra.tls.clientCertificateSecretRef",
                name,
                List.of("tls.crt", "tls.key"),
                family))
        .ifPresent(refusals::add);
    return refusals;
  }

  private static Optional<ValidationFailure> missing(
      String field, String name, List<String> entries, DataCoreInputs family) {
    ResourceId id = new ResourceId("Secret", family.id().namespace(), name);
    Optional<Map<String, String>> texts = family.secret(name).map(SecretEntries::texts);
    if (texts.isPresent() && texts.get().keySet().containsAll(entries)) {
      return Optional.empty();
    }
    return Optional.of(
        ValidationFailure.of(
            Reason.SecretNotFound,
            field
                + " names "
                + id
                + (texts.isEmpty()
                    ? ", which does not exist"
                    : ", which lacks " + String.join(" or ", entries))));
  }

  private static Map<ResourceId, Long> generations(DataCoreInputs family) {
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
      DataCoreInputs family, Compilation compiled, Catalog catalog) {
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
