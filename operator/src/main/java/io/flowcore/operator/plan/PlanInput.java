package io.flowcore.operator.plan;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;

/**
 * The input of a plan.
 *
 * @param catalog contains only this data core
 * @param ownsQueryPath whether its host routes {@code /api/v1} to it
 * @param gatewayApi whether the cluster serves HTTPRoutes
 */
public record PlanInput(
    DataCore dataCore,
    Catalog catalog,
    boolean ownsQueryPath,
    boolean gatewayApi,
    Defaults defaults) {

  /**
   * Values for fields that a DataCore leaves out.
   *
   * @param image of the workers
   * @param operatorNamespace the namespace that queries the workers for their catalog
   */
  public record Defaults(String image, String operatorNamespace) {}
}
