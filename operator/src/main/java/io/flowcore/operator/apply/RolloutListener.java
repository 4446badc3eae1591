package io.flowcore.operator.apply;

import io.flowcore.api.v1alpha1.DataCore;

/** Receives changes of pod templates. */
@FunctionalInterface
public interface RolloutListener {
  /**
   * Called after a pod template was changed, so that Kubernetes replaces the pods.
   *
   * @param field the first field that differs, such as {@code spec.template.spec.nodeSelector}
   */
  void rollingOut(DataCore dataCore, String field);
}
