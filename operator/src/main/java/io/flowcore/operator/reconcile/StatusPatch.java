package io.flowcore.operator.reconcile;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.util.function.Supplier;

/**
 * Makes the patch of a status that differs from the current one. The SDK sends it, by default with
 * server-side apply.
 */
final class StatusPatch {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StatusPatch() {}

  /**
   * Returns an update of the status, or no update if it is equal.
   *
   * @param emptyResource creates a resource for the patch, which contains only name and status: it
   *     is sent by server-side apply, and the operator must not apply a spec
   */
  static <R extends CustomResource<?, S>, S> UpdateControl<R> ifChanged(
      R resource, S status, Supplier<R> emptyResource) {
    if (isEqual(resource.getStatus(), status)) {
      return UpdateControl.noUpdate();
    }
    R patch = emptyResource.get();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(resource.getMetadata().getNamespace())
            .withName(resource.getMetadata().getName())
            .build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }

  private static boolean isEqual(Object one, Object other) {
    return JSON.valueToTree(one).equals(JSON.valueToTree(other));
  }
}
