package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.EventTypeSpec;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.FlowTypeSpec;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.gather.DataCoreInputs;
import java.util.Optional;

/** Reads the names of a data core's members, which can be missing in a rejected resource. */
final class Members {
  private Members() {}

  /** Returns the name of a flow type. */
  static Optional<String> name(FlowType resource) {
    return Optional.ofNullable(resource.getSpec()).map(FlowTypeSpec::name);
  }

  /** Returns the name of an event type. */
  static Optional<String> name(EventType resource) {
    return Optional.ofNullable(resource.getSpec()).map(EventTypeSpec::name);
  }

  /** Returns whether an event type refers to a flow type. */
  static boolean refersTo(EventType resource, FlowType flowType) {
    return Optional.ofNullable(resource.getSpec())
        .map(EventTypeSpec::flowTypeRef)
        .filter(ref -> flowType.getMetadata().getName().equals(ref.name()))
        .isPresent();
  }

  /** Returns the name of the flow type that an event type refers to. */
  static Optional<String> flowTypeName(EventType resource, DataCoreInputs inputs) {
    return inputs.flowTypes().stream()
        .filter(flow -> refersTo(resource, flow))
        .findFirst()
        .flatMap(Members::name);
  }

  /** Returns {@code namespace/name} of a key, as in the catalog. */
  static String qualifiedName(WebhookKey resource) {
    ResourceId id = ResourceId.of(resource);
    return id.namespace() + "/" + id.name();
  }
}
