package io.flowcore.operator.plan;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;

/**
 * Everything that a plan is made from.
 *
 * @param catalog of this data core alone
 * @param ownsQueryPath whether {@code /api/v1} of its host is to lead to it
 * @param gatewayApi whether the cluster knows HTTPRoutes
 */
public record PlanInput(
    DataCore dataCore,
    Catalog catalog,
    boolean ownsQueryPath,
    boolean gatewayApi,
    Defaults defaults) {

  /**
   * What a DataCore may leave out.
   *
   * @param image of workers
   * @param operatorNamespace from where workers are asked for their catalog
   */
  public record Defaults(String image, String operatorNamespace) {}
}
