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
    message = "worker takes replicas or autoscaling, not both; remove one of them")
public record WorkerSpec(
    @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "Number of workers. Left out: 1. An embedded hot store allows 0 and 1 only. Changing it: no restart of"
                + " running workers.")
        Integer replicas,
    @JsonPropertyDescription(
            "Number of workers by load, for a hot store on Cassandra. Changing it: no restart.")
        Autoscaling autoscaling,
    @JsonPropertyDescription("CPU and memory of a worker. Changing it: rolling restart.")
        Resources resources,
    @Size(min = 1, max = 500)
        @JsonPropertyDescription(
            "Image of the worker. Left out: the one that belongs to the operator's release. Changing it: rolling"
                + " restart.")
        String image,
    @Size(max = 10)
        @JsonPropertyDescription("Secrets with registry credentials. Changing it: rolling restart.")
        List<SecretRef> imagePullSecrets,
    @JsonPropertyDescription("What clusters differ in. Changing it: rolling restart.")
        PodTemplate podTemplate,
    @JsonPropertyDescription(
            "What the workers' NetworkPolicy leaves open. Left out: webhooks, metrics, DNS, and the ports in the URLs of"
                + " archive and hot store. Changing it: no restart.")
        NetworkPolicy networkPolicy) {

  /** Bounds and goal of the autoscaler. */
  @ValidationRule(
      value = "self.minReplicas <= self.maxReplicas",
      message = "autoscaling.minReplicas must not be greater than autoscaling.maxReplicas")
  public record Autoscaling(
      @Required @Min(1) @Max(100) @JsonPropertyDescription("Fewest workers, 1 to 100.")
          Integer minReplicas,
      @Required @Min(1) @Max(100) @JsonPropertyDescription("Most workers, 1 to 100.")
          Integer maxReplicas,
      @Min(1)
          @Max(100)
          @JsonPropertyDescription("Percentage of the requested CPU to aim for. Left out: 70.")
          Integer targetCpuPercent) {}

  /** Requests and limits. */
  public record Resources(
      @JsonPropertyDescription("What is set aside for a worker.") Amounts requests,
      @JsonPropertyDescription("What a worker may use at the most.") Amounts limits) {}

  /** An amount of CPU and of memory. */
  public record Amounts(
      @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription("CPU, for example 500m or 2.")
          String cpu,
      @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription("Memory, for example 1Gi.")
          String memory) {}

  /** The small part of a pod template that platform teams set. */
  public record PodTemplate(
      @JsonPropertyDescription(
              "Labels added to the pods; those of Flowcore's own can't be replaced.")
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
              "Service account of the pods, where a cloud role hangs on it. Left out: one made for the data core. No"
                  + " token is mounted in either case.")
          String serviceAccountName,
      @Pattern("^(Fixed|Assigned)$")
          @JsonPropertyDescription(
              "Who chooses the ids of user and group: Fixed for 10001, Assigned for a cluster that assigns them, such as"
                  + " OpenShift. Left out: Fixed.")
          String userIds) {}

  /** The workers' NetworkPolicy. */
  public record NetworkPolicy(
      @Pattern("^(Managed|None)$")
          @JsonPropertyDescription(
              "Managed: the operator makes one. None: it makes none, and yours count alone. Left out: Managed.")
          String mode,
      @Size(max = 20)
          @JsonPropertyDescription(
              "TCP ports that workers may reach besides, for example 9000 of a MinIO behind a Service with another port: a"
                  + " NetworkPolicy counts the port of the pod. At most 20.")
          List<@Min(1) @Max(65535) Integer> egressPorts) {}

  /** One toleration, as Kubernetes has it. */
  public record Toleration(
      @Size(max = 316)
          @JsonPropertyDescription("Key of the taint; left out, with Exists, it means every taint.")
          String key,
      @Pattern("^(Exists|Equal)$") @JsonPropertyDescription("Exists or Equal. Left out: Equal.")
          String operator,
      @Size(max = 63) @JsonPropertyDescription("Value of the taint, for Equal.") String value,
      @Pattern("^(NoSchedule|PreferNoSchedule|NoExecute)$")
          @JsonPropertyDescription("NoSchedule, PreferNoSchedule or NoExecute. Left out: all.")
          String effect,
      @Min(0)
          @JsonPropertyDescription(
              "Seconds that a NoExecute taint is tolerated. Left out: for ever.")
          Long tolerationSeconds) {}
}
