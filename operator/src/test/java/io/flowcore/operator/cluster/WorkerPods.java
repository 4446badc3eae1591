package io.flowcore.operator.cluster;

import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/** Creates pods as the StatefulSet controller does. */
public final class WorkerPods {
  private WorkerPods() {}

  /**
   * Returns the pod of a worker. All pods share one address in tests, so each has its own ports.
   */
  public static Pod of(StatefulSet set, int port, int managementPort) {
    Pod pod =
        new PodBuilder()
            .withMetadata(
                new ObjectMetaBuilder(set.getSpec().getTemplate().getMetadata())
                    .withNamespace(set.getMetadata().getNamespace())
                    .withName(set.getMetadata().getName() + "-0")
                    .build())
            .withSpec(set.getSpec().getTemplate().getSpec())
            .build();
    pod.getSpec()
        .getContainers()
        .getFirst()
        .getPorts()
        .replaceAll(one ->
            new ContainerPortBuilder(one)
                .withContainerPort(one.getName().equals("http") ? port : managementPort)
                .build());
    return pod;
  }
}
