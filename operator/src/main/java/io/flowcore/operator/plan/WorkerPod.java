package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.flowcore.api.v1alpha1.WorkerSpec;
import io.flowcore.api.v1alpha1.WorkerSpec.Amounts;
import io.flowcore.api.v1alpha1.WorkerSpec.PodTemplate;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The pod template of workers. Every change of it replaces the pods. */
final class WorkerPod {
  static final String HTTP = "http";
  static final String MANAGEMENT = "management";
  static final int HTTP_PORT = 8080;
  static final int MANAGEMENT_PORT = 8081;

  private static final String CONTAINER = "worker";
  private static final long USER = 10_001;

  /** Time for endpoints and proxies to stop sending requests to a pod that terminates. */
  private static final long PRE_STOP_SECONDS = 5;

  /** 5 s preStop, 25 s for requests in flight, and 30 s reserve for a slow disk. */
  private static final long GRACE_SECONDS = 60;

  /** Recovery of a store after a crash can take 10 minutes: 300 probes, one every 2 s. */
  private static final int STARTUP_FAILURES = 300;

  private static final Map<String, Quantity> DEFAULT_REQUESTS =
      Map.of("cpu", new Quantity("250m"), "memory", new Quantity("1Gi"));
  private static final Map<String, Quantity> DEFAULT_LIMITS = Map.of("memory", new Quantity("1Gi"));

  private WorkerPod() {}

  static PodTemplateSpec template(Names names, PlanInput input) {
    Optional<WorkerSpec> worker = Optional.ofNullable(input.dataCore().getSpec().worker());
    Optional<PodTemplate> pod = worker.map(WorkerSpec::podTemplate);
    Mounts mounts = Mounts.of(names, input);
    Map<String, String> labels = new TreeMap<>(map(pod, PodTemplate::labels));
    labels.putAll(names.labels());
    Map<String, String> annotations = new TreeMap<>(map(pod, PodTemplate::annotations));
    annotations.put(ManagedMetadata.DATA_CORE_NAME, input.dataCore().getMetadata().getName());
    boolean assigned = pod.map(PodTemplate::userIds).filter("Assigned"::equals).isPresent();
    Long user = assigned ? null : (Long) USER;
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(pod.map(PodTemplate::serviceAccountName).orElse(names.worker()))
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(GRACE_SECONDS)
        .withPriorityClassName(pod.map(PodTemplate::priorityClassName).orElse(null))
        .withNodeSelector(new TreeMap<>(map(pod, PodTemplate::nodeSelector)))
        .withTolerations(
            list(pod, PodTemplate::tolerations).stream().map(WorkerPod::toleration).toList())
        .withImagePullSecrets(
            list(worker, WorkerSpec::imagePullSecrets).stream()
                .map(secret -> new LocalObjectReference(secret.name()))
                .toList())
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(user)
        .withRunAsGroup(user)
        .withFsGroup(user)
        .withFsGroupChangePolicy("OnRootMismatch")
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewTopologySpreadConstraint()
        .withMaxSkew(1)
        .withTopologyKey("kubernetes.io/hostname")
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withLabelSelector(new LabelSelectorBuilder().withMatchLabels(names.selector()).build())
        .endTopologySpreadConstraint()
        .withContainers(container(input, worker, mounts))
        .withVolumes(mounts.volumes())
        .endSpec()
        .build();
  }

  private static Container container(PlanInput input, Optional<WorkerSpec> worker, Mounts mounts) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(worker.map(WorkerSpec::image).orElse(input.defaults().image()))
        .withArgs(mounts.arguments())
        .withEnv(
            new EnvVarBuilder()
                .withName("JAVA_TOOL_OPTIONS")
                .withValue("-XX:MaxRAMPercentage=40 -XX:+ExitOnOutOfMemoryError")
                .build())
        .withPorts(port(HTTP, HTTP_PORT), port(MANAGEMENT, MANAGEMENT_PORT))
        .withResources(resources(worker.map(WorkerSpec::resources)))
        .withStartupProbe(probe("live", 2, STARTUP_FAILURES))
        .withLivenessProbe(probe("live", 10, 6))
        .withReadinessProbe(probe("ready", 2, 2))
        .withNewLifecycle()
        .withNewPreStop()
        .withNewSleep(PRE_STOP_SECONDS)
        .endPreStop()
        .endLifecycle()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        // The reason why a worker cannot start appears in the pod's status, from where the operator
        // copies it into the status of the DataCore.
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withVolumeMounts(mounts.mounts())
        .build();
  }

  private static ContainerPort port(String name, int number) {
    return new ContainerPortBuilder()
        .withName(name)
        .withContainerPort(number)
        .withProtocol("TCP")
        .build();
  }

  private static Probe probe(String path, int periodSeconds, int failures) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath("/observe/health/" + path)
        .withNewPort(MANAGEMENT)
        .endHttpGet()
        .withPeriodSeconds(periodSeconds)
        .withFailureThreshold(failures)
        .withTimeoutSeconds(2)
        .build();
  }

  private static ResourceRequirements resources(Optional<WorkerSpec.Resources> resources) {
    Map<String, Quantity> requests =
        amounts(resources.map(WorkerSpec.Resources::requests), DEFAULT_REQUESTS);
    return new ResourceRequirementsBuilder()
        .withRequests(requests)
        .withLimits(amounts(resources.map(WorkerSpec.Resources::limits), limitsFor(requests)))
        .build();
  }

  /** The API server rejects a limit below the request. */
  private static Map<String, Quantity> limitsFor(Map<String, Quantity> requests) {
    Quantity least = DEFAULT_LIMITS.get("memory");
    Quantity requested = requests.getOrDefault("memory", least);
    boolean exceeds = requested.getNumericalAmount().compareTo(least.getNumericalAmount()) > 0;
    return Map.of("memory", exceeds ? requested : least);
  }

  private static Map<String, Quantity> amounts(
      Optional<Amounts> amounts, Map<String, Quantity> whenAbsent) {
    if (amounts.isEmpty()) {
      return new TreeMap<>(whenAbsent);
    }
    Map<String, Quantity> quantities = new TreeMap<>();
    amounts.map(Amounts::cpu).ifPresent(cpu -> quantities.put("cpu", new Quantity(cpu)));
    amounts
        .map(Amounts::memory)
        .ifPresent(memory -> quantities.put("memory", new Quantity(memory)));
    return quantities;
  }

  private static Toleration toleration(WorkerSpec.Toleration toleration) {
    return new TolerationBuilder()
        .withKey(toleration.key())
        .withOperator(toleration.operator())
        .withValue(toleration.value())
        .withEffect(toleration.effect())
        .withTolerationSeconds(toleration.tolerationSeconds())
        .build();
  }

  private static <T> Map<String, String> map(
      Optional<T> from, Function<T, Map<String, String>> field) {
    return from.map(field).orElse(Map.of());
  }

  private static <T, V> List<V> list(Optional<T> from, Function<T, List<V>> field) {
    return from.map(field).orElse(List.of());
  }
}
