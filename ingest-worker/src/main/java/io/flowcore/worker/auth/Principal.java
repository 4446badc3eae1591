package io.flowcore.worker.auth;

import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;

/**
 * Whoever holds a good key.
 *
 * @param key the key, with its permissions and scope
 * @param dataCore the data core that the key opens
 */
public record Principal(KeyEntry key, DataCoreEntry dataCore) {

  /** Refuses with {@code forbidden} unless the key has a permission. */
  public void require(Permission permission) {
    if (!key.permissions().contains(permission)) {
      throw new ApiException(
          ErrorCode.FORBIDDEN, "the key lacks the permission '" + permission + "'");
    }
  }

  /**
   * Refuses with {@code forbidden} unless the key opens the data core with this tenant and this
   * name or id.
   */
  public void requireDataCore(String tenant, String nameOrId) {
    boolean same =
        dataCore.tenant().equals(tenant)
            && (dataCore.name().equals(nameOrId) || dataCore.id().toString().equals(nameOrId));
    if (!same) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the key does not open this data core");
    }
  }

  /** Refuses with {@code forbidden} unless an event type lies in the key's scope. */
  public void requireScope(String flowType, String eventType) {
    if (!covers(flowType, eventType)) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the event type is out of the key's scope");
    }
  }

  /** Whether the key opens its whole data core. */
  public boolean unrestricted() {
    return key.allow().isEmpty();
  }

  /** Whether any event type of a flow type may lie in the key's scope. */
  public boolean covers(String flowType) {
    return unrestricted()
        || key.allow().stream().anyMatch(scope -> scope.flowType().equals(flowType));
  }

  /** Whether an event type lies in the key's scope. */
  public boolean covers(String flowType, String eventType) {
    return unrestricted()
        || key.allow().stream().anyMatch(scope -> scope.covers(flowType, eventType));
  }
}
