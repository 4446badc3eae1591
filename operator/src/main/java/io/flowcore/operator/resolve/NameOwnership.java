package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.gather.DataCoreInputs;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who holds what only one data core can have: a tenant's name, and the query paths of a host. One
 * that runs keeps it whatever becomes of its resource; of those that never ran the oldest gets it,
 * then the one whose namespace and name sort first.
 */
final class NameOwnership {
  private static final Comparator<DataCore> FIRST =
      Comparator.comparing((DataCore core) -> !hasRun(core))
          .thenComparing(NameOwnership::created)
          .thenComparing(ResourceId::of);

  private NameOwnership() {}

  private static boolean hasRun(DataCore core) {
    return core.getStatus() != null && core.getStatus().catalogRevision() != null;
  }

  private static String created(DataCore core) {
    String created = core.getMetadata().getCreationTimestamp();
    return created == null ? "" : created;
  }

  /** The owners of names for the catalog's compiler: this data core, if no other runs. */
  static Map<String, ResourceId> of(DataCoreInputs family) {
    return family
        .dataCore()
        .filter(core -> core.getSpec() != null && hasRun(core) && holder(family).isEmpty())
        .map(core -> Map.of(name(core), ResourceId.of(core)))
        .orElse(Map.of());
  }

  private static String name(DataCore core) {
    return "data core " + core.getSpec().tenant() + "/" + core.getSpec().name();
  }

  /** Another data core that runs, and comes before the family's own. */
  static Optional<DataCore> holder(DataCoreInputs family) {
    return family
        .dataCore()
        .flatMap(core ->
            Stream.concat(Stream.of(core), family.sameName().stream())
                .min(FIRST)
                .filter(first -> hasRun(first) && !same(first, core)));
  }

  private static boolean same(DataCore one, DataCore other) {
    return ResourceId.of(one).equals(ResourceId.of(other));
  }

  static String taken(DataCore core, DataCore holder) {
    return name(core)
        + " belongs to "
        + ResourceId.of(holder)
        + ", which came first; rename or delete one";
  }

  /** Whether {@code /api/v1} of its host leads to a data core. */
  static boolean ownsQueryPath(DataCore core, List<DataCore> neighbours) {
    return neighbours.stream().allMatch(other -> FIRST.compare(core, other) < 0);
  }
}
