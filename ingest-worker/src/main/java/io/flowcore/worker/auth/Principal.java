package io.flowcore.worker.auth;

import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;

/**
 * The owner of a valid key.
 *
 * @param key the key, with its permissions and scope
 * @param dataCore the data core that the key grants access to
 */
public record Principal(KeyEntry key, DataCoreEntry dataCore) {

  /**
   * Requires a permission of the key.
   *
   * @throws ApiException with {@code forbidden} if the key does not have it
   */
  public void require(Permission permission) {
    if (!key.permissions().contains(permission)) {
      throw new ApiException(
          ErrorCode.FORBIDDEN,
          "the key does not have the permission '"
              + permission
              + "'; add it to spec.permissions of its WebhookKey");
    }
  }

  /**
   * Requires that the key belongs to the data core with this tenant and this name or id.
   *
   * @throws ApiException with {@code forbidden} if it belongs to another data core
   */
  public void requireDataCore(String tenant, String nameOrId) {
    boolean same =
        dataCore.tenant().equals(tenant)
            && (dataCore.name().equals(nameOrId) || dataCore.id().toString().equals(nameOrId));
    if (!same) {
      throw new ApiException(
          ErrorCode.FORBIDDEN,
          "the key does not belong to this data core; send a key of this data core");
    }
  }

  /**
   * Requires that an event type is in the key's scope.
   *
   * @throws ApiException with {@code forbidden} if it is not
   */
  public void requireScope(String flowType, String eventType) {
    if (!covers(flowType, eventType)) {
      throw new ApiException(
          ErrorCode.FORBIDDEN,
          "the event type is outside the key's scope; add it to spec.allow of its WebhookKey");
    }
  }

  /** Returns whether the key's scope is its whole data core. */
  public boolean isUnrestricted() {
    return key.allow().isEmpty();
  }

  /** Returns whether the key's scope can include event types of a flow type. */
  public boolean covers(String flowType) {
    return isUnrestricted()
        || key.allow().stream().anyMatch(scope -> scope.flowType().equals(flowType));
  }

  /** Returns whether an event type is in the key's scope. */
  public boolean covers(String flowType, String eventType) {
    return isUnrestricted()
        || key.allow().stream().anyMatch(scope -> scope.covers(flowType, eventType));
  }
}
