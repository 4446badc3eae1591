package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** The ingest workers of one data core. */
@ValidationRule(
    value = "!(has(self.replicas) && has(self.autoscaling))",
    message = "worker accepts replicas or autoscaling, not both; remove one of them")
public record WorkerSpec(
    @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "Number of workers. Default: 1. An embedded hot store allows only 0 and 1. Changes do not restart"
                + " running workers.")
        Integer replicas,
    @JsonPropertyDescription(
            "Scales the number of workers by CPU load. Requires a hot store on Cassandra. Default: no"
                + " autoscaling. Changes do not restart running workers.")
        Autoscaling autoscaling,
    @JsonPropertyDescription("CPU and memory of a worker. Changes cause a rolling restart.")
        Resources resources,
    @Size(min = 1, max = 500)
        @JsonPropertyDescription(
            "Image of the worker. Default: the image of the operator's release. Changes cause a rolling"
                + " restart.")
        String image,
    @Size(max = 10)
        @JsonPropertyDescription(
            "Secrets with registry credentials. Default: none. Changes cause a rolling restart.")
        List<SecretRef> imagePullSecrets,
    @JsonPropertyDescription(
            "Pod settings: labels, scheduling, service account. Changes cause a rolling restart.")
        PodTemplate podTemplate,
    @JsonPropertyDescription(
            "Settings of the workers' NetworkPolicy. Default: allow webhooks, metrics, DNS, and the ports in"
                + " the URLs of the archive and the hot store. Changes cause no restart.")
        NetworkPolicy networkPolicy) {

  /** Bounds and target of the autoscaler. */
  @ValidationRule(
      value = "self.minReplicas <= self.maxReplicas",
      message = "autoscaling.minReplicas must not be greater than autoscaling.maxReplicas")
  public record Autoscaling(
      @Required @Min(1) @Max(100) @JsonPropertyDescription("Minimum number of workers, 1-100.")
          Integer minReplicas,
      @Required @Min(1) @Max(100) @JsonPropertyDescription("Maximum number of workers, 1-100.")
          Integer maxReplicas,
      @Min(1)
          @Max(100)
          @JsonPropertyDescription(
              "Target CPU usage, in percent of the requested CPU. Default: 70.")
          Integer targetCpuPercent) {}

  /** Resource requests and limits. */
  public record Resources(
      @JsonPropertyDescription(
              "Resources reserved for a worker. Default: 250m CPU and 1Gi of memory.")
          Amounts requests,
      @JsonPropertyDescription(
              "Maximum resources of a worker. Default: no CPU limit; memory of 1Gi, or the requested memory if"
                  + " that is more.")
          Amounts limits) {}

  /** Amounts of CPU and memory. */
  public record Amounts(
      @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription("CPU, for example 500m or 2.")
          String cpu,
      @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription("Memory, for example 1Gi.")
          String memory) {}

  /** Pod settings that platform teams set: labels, scheduling, service account. */
  public record PodTemplate(
      @JsonPropertyDescription("Labels added to the pods. They cannot override Flowcore's labels.")
          Map<String, String> labels,
      @JsonPropertyDescription("Annotations added to the pods.") Map<String, String> annotations,
      @JsonPropertyDescription("Labels that a node must have.") Map<String, String> nodeSelector,
      @Size(max = 50) @JsonPropertyDescription("Taints that the pods tolerate.")
          List<Toleration> tolerations,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("Priority class of the pods.")
          String priorityClassName,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Service account of the pods, for example one that is bound to a cloud role. Default: one created"
                  + " for the data core. In both cases no token is mounted.")
          String serviceAccountName,
      @Pattern("^(Fixed|Assigned)$")
          @JsonPropertyDescription(
              "Source of the user and group ids. Fixed: 10001. Assigned: set by the cluster, as OpenShift does."
                  + " Default: Fixed.")
          String userIds) {}

  /** The workers' NetworkPolicy. */
  public record NetworkPolicy(
      @Pattern("^(Managed|None)$")
          @JsonPropertyDescription(
              "Managed: the operator creates a NetworkPolicy. None: it creates none, and only your policies"
                  + " apply. Default: Managed.")
          String mode,
      @Size(max = 20)
          @JsonPropertyDescription(
              "Additional TCP ports that workers may connect to, at most 20. A NetworkPolicy matches the port of"
                  + " the pod: for a MinIO on port 9000 whose Service has another port, add 9000. Default: none.")
          List<@Min(1) @Max(65535) Integer> egressPorts) {}

  /** A toleration, with the fields of the Kubernetes type. */
  public record Toleration(
      @Size(max = 316)
          @JsonPropertyDescription("Key of the taint. Default, with operator Exists: all taints.")
          String key,
      @Pattern("^(Exists|Equal)$") @JsonPropertyDescription("Exists or Equal. Default: Equal.")
          String operator,
      @Size(max = 63) @JsonPropertyDescription("Value of the taint, for operator Equal.")
          String value,
      @Pattern("^(NoSchedule|PreferNoSchedule|NoExecute)$")
          @JsonPropertyDescription(
              "NoSchedule, PreferNoSchedule or NoExecute. Default: all effects.")
          String effect,
      @Min(0)
          @JsonPropertyDescription(
              "Seconds that a NoExecute taint is tolerated. Default: no limit.")
          Long tolerationSeconds) {}
}
