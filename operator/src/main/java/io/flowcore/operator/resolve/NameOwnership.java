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
 * Decides which data core owns what only one can have: a name in a tenant, and the query paths of a
 * host. A data core that has run keeps them even if its resource becomes invalid. Among those that
 * have never run, the oldest is the owner, then the one whose namespace and name sort first.
 */
final class NameOwnership {
  private static final Comparator<DataCore> PRECEDENCE =
      Comparator.comparing((DataCore core) -> !hasRun(core))
          .thenComparing(NameOwnership::createdAt)
          .thenComparing(ResourceId::of);

  private NameOwnership() {}

  private static boolean hasRun(DataCore core) {
    return core.getStatus() != null && core.getStatus().catalogRevision() != null;
  }

  private static String createdAt(DataCore core) {
    String created = core.getMetadata().getCreationTimestamp();
    return created == null ? "" : created;
  }

  /** Returns the name owners for the compiler: this data core, if it has run and no other has. */
  static Map<String, ResourceId> owners(DataCoreInputs inputs) {
    return inputs
        .dataCore()
        .filter(core -> core.getSpec() != null && hasRun(core) && runningOwner(inputs).isEmpty())
        .map(core -> Map.of(qualifiedName(core), ResourceId.of(core)))
        .orElse(Map.of());
  }

  /** Returns the name as the compiler registers it. */
  private static String qualifiedName(DataCore core) {
    return "data core " + core.getSpec().tenant() + "/" + core.getSpec().name();
  }

  /** Returns another data core that has run and takes precedence over this one. */
  static Optional<DataCore> runningOwner(DataCoreInputs inputs) {
    return inputs
        .dataCore()
        .flatMap(core ->
            Stream.concat(Stream.of(core), inputs.sameName().stream())
                .min(PRECEDENCE)
                .filter(first -> hasRun(first) && !isSame(first, core)));
  }

  private static boolean isSame(DataCore one, DataCore other) {
    return ResourceId.of(one).equals(ResourceId.of(other));
  }

  static String conflictMessage(DataCore core, DataCore owner) {
    return qualifiedName(core)
        + " is already used by "
        + ResourceId.of(owner)
        + "; rename or delete one of them";
  }

  /** Returns whether {@code /api/v1} of a data core's host routes to the data core. */
  static boolean ownsQueryPath(DataCore core, List<DataCore> sameHost) {
    return sameHost.stream().allMatch(other -> PRECEDENCE.compare(core, other) < 0);
  }
}
