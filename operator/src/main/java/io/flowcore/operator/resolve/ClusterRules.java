package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.SecretData;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Validates what the catalog does not check: paths in the worker's pod and referenced Secrets. */
final class ClusterRules {
  private ClusterRules() {}

  /** Returns the failures of a data core. */
  static List<ValidationFailure> validate(DataCore core, DataCoreInputs inputs) {
    List<ValidationFailure> failures = new ArrayList<>();
    archiveDirectory(core)
        .filter(path -> !path.startsWith(Resolver.DATA_DIRECTORY + "/"))
        .ifPresent(path ->
            failures.add(
                ValidationFailure.of(
                    Reason.INVALID,
                    "spec.archive.directory.path is "
                        + path
                        + "; in a cluster it must be under "
                        + Resolver.DATA_DIRECTORY
                        + ", the worker's volume")));
    for (SecretReference reference : SecretReference.ALL) {
      reference
          .secretOf(core)
          .flatMap(name -> missing(reference, name, inputs))
          .ifPresent(failures::add);
    }
    return failures;
  }

  private static Optional<String> archiveDirectory(DataCore core) {
    return Optional.ofNullable(core.getSpec())
        .map(spec -> spec.archive())
        .map(archive -> archive.directory())
        .map(directory -> directory.path());
  }

  private static Optional<ValidationFailure> missing(
      SecretReference reference, String name, DataCoreInputs inputs) {
    Optional<Map<String, String>> data = inputs.secret(name).map(SecretData::decode);
    if (data.isPresent() && data.get().keySet().containsAll(reference.entries())) {
      return Optional.empty();
    }
    ResourceId id = new ResourceId(ResourceKind.SECRET, inputs.id().namespace(), name);
    String problem =
        data.isEmpty()
            ? ", which does not exist; create it or correct the reference"
            : ", which needs the entries " + String.join(" and ", reference.entries());
    return Optional.of(
        ValidationFailure.of(
            Reason.SECRET_NOT_FOUND, reference.field() + " names " + id + problem));
  }
}
