package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The observed state of a data core. All of it can be rebuilt from the cluster. */
public record DataCoreStatus(
    @JsonPropertyDescription("Generation of the spec that this status was computed from.")
        Long observedGeneration,
    @JsonPropertyDescription("Conditions: Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the data core, derived from its tenant and name.") String id,
    @JsonPropertyDescription("Id of the tenant, derived from its name.") String tenantId,
    @JsonPropertyDescription("Number of accepted flow types.") Integer flowTypes,
    @JsonPropertyDescription("Number of accepted event types.") Integer eventTypes,
    @JsonPropertyDescription("Number of accepted webhook keys.") Integer webhookKeys,
    @JsonPropertyDescription("Catalog revision that the workers should load.")
        String catalogRevision,
    @JsonPropertyDescription("Numbers of workers.") Workers workers,
    @JsonPropertyDescription("Base URL of the webhooks.") String url) {

  /** Numbers of workers. */
  public record Workers(
      @JsonPropertyDescription("Desired number of workers.") Integer desired,
      @JsonPropertyDescription("Number of ready workers.") Integer ready,
      @JsonPropertyDescription("Number of workers that run the latest pod template.")
          Integer updated,
      @JsonPropertyDescription("Number of ready workers that have loaded catalogRevision.")
          Integer programmed) {}
}
