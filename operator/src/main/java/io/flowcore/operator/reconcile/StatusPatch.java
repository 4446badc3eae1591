package io.flowcore.operator.reconcile;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.util.function.Supplier;

/** Writes a status if it differs from the one that is there. */
final class StatusPatch {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StatusPatch() {}

  /**
   * An update of the status, or none.
   *
   * @param empty makes a resource that carries nothing but its name and the status: what is sent is
   *     applied, and the operator applies no spec
   */
  static <R extends CustomResource<?, S>, S> UpdateControl<R> of(
      R resource, S status, Supplier<R> empty) {
    if (same(resource.getStatus(), status)) {
      return UpdateControl.noUpdate();
    }
    R patch = empty.get();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(resource.getMetadata().getNamespace())
            .withName(resource.getMetadata().getName())
            .build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }

  private static boolean same(Object one, Object other) {
    return JSON.valueToTree(one).equals(JSON.valueToTree(other));
  }
}
