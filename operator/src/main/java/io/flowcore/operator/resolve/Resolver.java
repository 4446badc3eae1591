package io.flowcore.operator.resolve;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.resolve.CatalogMerger.MergedCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Validates a data core with its members, by the rules of the catalog and by those of a cluster,
 * and decides which catalog its workers load. Pure.
 */
public final class Resolver {
  /** The mount path of the worker's volume. */
  public static final String DATA_DIRECTORY = "/var/lib/flowcore";

  private Resolver() {}

  /**
   * Resolves a data core. Never throws because of the content of a resource.
   *
   * @param lastWritten the catalog of this data core that was written last; called only if a
   *     resource is rejected
   */
  public static Resolution resolve(DataCoreInputs inputs, Supplier<Optional<Catalog>> lastWritten) {
    Compilation compiled = compile(inputs);
    Map<ResourceId, List<ValidationFailure>> failures = failures(inputs, compiled);
    Optional<Catalog> accepted = accepted(inputs, compiled);
    boolean isAnyRejected = failures.values().stream().anyMatch(all -> !all.isEmpty());
    Optional<LastKnownGood.Outcome<Catalog.Entry, MergedCatalog>> merged =
        isAnyRejected && inputs.dataCore().isPresent()
            ? merge(inputs, failures, accepted, lastWritten.get())
            : Optional.empty();
    Optional<Catalog> active = merged.map(outcome -> outcome.validation().catalog());
    Map<ResourceId, List<ValidationFailure>> verdicts =
        merged
            .<Map<ResourceId, List<ValidationFailure>>>map(
                outcome -> LastKnownGood.withNotes(failures, outcome.kept().keySet()))
            .orElse(failures);
    Map<ResourceId, Long> generations = generations(inputs);
    if (accepted.isEmpty()) {
      return new Resolution.Rejected(verdicts, generations, active);
    }
    DataCore dataCore = inputs.dataCore().orElseThrow();
    return new Resolution.Accepted(
        dataCore,
        active.orElse(accepted.get()),
        NameOwnership.ownsQueryPath(dataCore, inputs.sameHost()),
        ResolvedMembers.of(inputs, compiled, accepted.get()),
        verdicts,
        generations);
  }

  /**
   * Returns the catalog to load if the newest one cannot be written: the last written one, without
   * deleted members and with the newest versions of its keys.
   *
   * @param lastWritten the catalog of this data core that was written last
   */
  public static Optional<Catalog> fallback(DataCoreInputs inputs, Optional<Catalog> lastWritten) {
    ValidationFailure notWritten =
        ValidationFailure.of(Reason.INVALID, "the newest catalog cannot be written");
    Compilation compiled = compile(inputs, List.of(notWritten));
    return merge(inputs, failures(inputs, compiled), Optional.empty(), lastWritten)
        .map(outcome -> outcome.validation().catalog());
  }

  private static Optional<LastKnownGood.Outcome<Catalog.Entry, MergedCatalog>> merge(
      DataCoreInputs inputs,
      Map<ResourceId, List<ValidationFailure>> failures,
      Optional<Catalog> accepted,
      Optional<Catalog> lastWritten) {
    return lastWritten
        .filter(catalog -> !catalog.dataCores().isEmpty())
        .map(catalog -> new PreviousCatalog(inputs, catalog))
        .map(previous -> new CatalogMerger(inputs, failures, accepted, previous).merge());
  }

  /**
   * Compiles a data core with its members. If a rule of the cluster rejects the data core, its
   * members are rejected too, as with any other invalid data core.
   */
  private static Compilation compile(DataCoreInputs inputs) {
    Compilation compiled = compile(inputs, List.of());
    List<ValidationFailure> failures = dataCoreFailures(inputs, compiled);
    return failures.isEmpty() ? compiled : compile(inputs, failures);
  }

  /**
   * Compiles a data core with its members.
   *
   * @param dataCoreFailures why the data core is rejected; empty if the compiler decides
   */
  private static Compilation compile(
      DataCoreInputs inputs, List<ValidationFailure> dataCoreFailures) {
    Map<ResourceId, List<ValidationFailure>> rejected =
        new HashMap<>(SecretOwnership.conflicts(inputs));
    if (!dataCoreFailures.isEmpty()) {
      rejected.put(inputs.id(), dataCoreFailures);
    }
    return CatalogCompiler.compile(resources(inputs), NameOwnership.owners(inputs), rejected);
  }

  private static ResourceSet resources(DataCoreInputs inputs) {
    List<DataCore> cores = new ArrayList<>(inputs.sameName());
    inputs.dataCore().ifPresent(cores::add);
    return new ResourceSet(
        cores, inputs.flowTypes(), inputs.eventTypes(), inputs.webhookKeys(), inputs.secrets());
  }

  /** Returns the accepted resources; empty if the data core is rejected or does not exist. */
  private static Optional<Catalog> accepted(DataCoreInputs inputs, Compilation compiled) {
    if (!compiled.isAccepted(inputs.id())) {
      return Optional.empty();
    }
    return compiled.catalog().dataCores().stream()
        .findFirst()
        .map(core -> Catalog.of(List.of(core), keysOf(core, compiled.catalog())));
  }

  private static List<KeyEntry> keysOf(DataCoreEntry core, Catalog catalog) {
    return catalog.keys().stream().filter(key -> key.dataCoreId().equals(core.id())).toList();
  }

  private static Map<ResourceId, List<ValidationFailure>> failures(
      DataCoreInputs inputs, Compilation compiled) {
    Map<ResourceId, List<ValidationFailure>> failures = new HashMap<>(compiled.verdicts());
    inputs.sameName().forEach(other -> failures.remove(ResourceId.of(other)));
    return failures;
  }

  /**
   * Returns the failures of the data core by the rules of the catalog and by those of a cluster.
   */
  private static List<ValidationFailure> dataCoreFailures(
      DataCoreInputs inputs, Compilation compiled) {
    if (inputs.dataCore().isEmpty()) {
      return List.of();
    }
    DataCore core = inputs.dataCore().get();
    List<ValidationFailure> failures = new ArrayList<>(compiled.verdicts().get(inputs.id()));
    failures.addAll(ClusterRules.validate(core, inputs));
    if (failures.isEmpty()) {
      NameOwnership.runningOwner(inputs)
          .map(owner ->
              ValidationFailure.of(
                  Reason.NAME_CONFLICT, NameOwnership.conflictMessage(core, owner)))
          .ifPresent(failures::add);
    }
    return List.copyOf(failures);
  }

  private static Map<ResourceId, Long> generations(DataCoreInputs inputs) {
    Map<ResourceId, Long> generations = new HashMap<>();
    Stream.of(
            inputs.dataCore().stream(),
            inputs.flowTypes().stream(),
            inputs.eventTypes().stream(),
            inputs.webhookKeys().stream())
        .flatMap(resources -> resources)
        .forEach(resource -> generations.put(ResourceId.of(resource), generation(resource)));
    return generations;
  }

  private static long generation(HasMetadata resource) {
    Long generation = resource.getMetadata().getGeneration();
    return generation == null ? 0 : generation;
  }
}
