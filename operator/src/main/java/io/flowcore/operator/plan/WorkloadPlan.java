package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.flowcore.api.v1alpha1.WorkerSpec;
import io.flowcore.catalog.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plans the workload, its disruption budget and its autoscaler. */
final class WorkloadPlan {
  private static final int DEFAULT_CPU_PERCENT = 70;
  private static final int REVISION_HISTORY_LIMIT = 3;

  private WorkloadPlan() {}

  static List<HasMetadata> objects(Names names, PlanInput input) {
    List<HasMetadata> objects = new ArrayList<>();
    if (input.dataCore().getSpec().hotStore().embedded() != null) {
      objects.add(statefulSet(names, input));
    } else {
      objects.add(deployment(names, input));
      objects.add(disruptionBudget(names));
      autoscaling(input).ifPresent(settings -> objects.add(autoscaler(names, settings)));
    }
    return objects;
  }

  private static Optional<WorkerSpec> worker(PlanInput input) {
    return Optional.ofNullable(input.dataCore().getSpec().worker());
  }

  private static Optional<WorkerSpec.Autoscaling> autoscaling(PlanInput input) {
    return worker(input).map(WorkerSpec::autoscaling);
  }

  private static int replicas(PlanInput input) {
    return worker(input).map(WorkerSpec::replicas).orElse(1);
  }

  private static HasMetadata statefulSet(Names names, PlanInput input) {
    return new StatefulSetBuilder()
        .withMetadata(names.owned(names.worker()))
        .withNewSpec()
        .withReplicas(replicas(input))
        .withServiceName(names.headless())
        // With OrderedReady, the controller waits forever for a pod that cannot start, even if the
        // template was fixed meanwhile ("forced rollback" in the documentation of StatefulSets).
        .withPodManagementPolicy("Parallel")
        .withRevisionHistoryLimit(REVISION_HISTORY_LIMIT)
        .withSelector(new LabelSelectorBuilder().withMatchLabels(names.selector()).build())
        .withTemplate(WorkerPod.template(names, input))
        .endSpec()
        .build();
  }

  /**
   * Leaves out {@code replicas} with an autoscaler, which otherwise would compete for the field.
   */
  private static HasMetadata deployment(Names names, PlanInput input) {
    return new DeploymentBuilder()
        .withMetadata(names.owned(names.worker()))
        .withNewSpec()
        .withReplicas(autoscaling(input).isPresent() ? null : (Integer) replicas(input))
        .withRevisionHistoryLimit(REVISION_HISTORY_LIMIT)
        .withSelector(new LabelSelectorBuilder().withMatchLabels(names.selector()).build())
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxUnavailable(new IntOrString(0))
        .withMaxSurge(new IntOrString(1))
        .endRollingUpdate()
        .endStrategy()
        .withTemplate(WorkerPod.template(names, input))
        .endSpec()
        .build();
  }

  /** One pod at a time. An embedded worker has no budget: it would only block a node drain. */
  private static HasMetadata disruptionBudget(Names names) {
    return new PodDisruptionBudgetBuilder()
        .withMetadata(names.owned(names.worker()))
        .withNewSpec()
        .withMaxUnavailable(new IntOrString(1))
        .withSelector(new LabelSelectorBuilder().withMatchLabels(names.selector()).build())
        .endSpec()
        .build();
  }

  private static HasMetadata autoscaler(Names names, WorkerSpec.Autoscaling autoscaling) {
    int percent =
        autoscaling.targetCpuPercent() == null
            ? DEFAULT_CPU_PERCENT
            : autoscaling.targetCpuPercent();
    return new HorizontalPodAutoscalerBuilder()
        .withMetadata(names.owned(names.worker()))
        .withNewSpec()
        .withNewScaleTargetRef()
        .withApiVersion("apps/v1")
        .withKind(ResourceKind.DEPLOYMENT.kubernetesName())
        .withName(names.worker())
        .endScaleTargetRef()
        .withMinReplicas(autoscaling.minReplicas())
        .withMaxReplicas(autoscaling.maxReplicas())
        .addNewMetric()
        .withType("Resource")
        .withNewResource()
        .withName("cpu")
        .withNewTarget()
        .withType("Utilization")
        .withAverageUtilization(percent)
        .endTarget()
        .endResource()
        .endMetric()
        .endSpec()
        .build();
  }
}
