package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What is true of a data core. Everything in it can be rebuilt from the cluster. */
public record DataCoreStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed and Ready.")
        List<Condition> conditions,
    @JsonPropertyDescription("Id of the data core, derived from its tenant and name.") String id,
    @JsonPropertyDescription("Id of the tenant, derived from its name.") String tenantId,
    @JsonPropertyDescription("Accepted flow types.") Integer flowTypes,
    @JsonPropertyDescription("Accepted event types.") Integer eventTypes,
    @JsonPropertyDescription("Accepted webhook keys.") Integer webhookKeys,
    @JsonPropertyDescription("Revision of the catalog that the workers should have in force.")
        String catalogRevision,
    @JsonPropertyDescription("The workers.") Workers workers,
    @JsonPropertyDescription("Base URL of the webhooks.") String url) {

  /** Counts of workers. */
  public record Workers(
      @JsonPropertyDescription("Workers that there should be.") Integer desired,
      @JsonPropertyDescription("Workers that are ready.") Integer ready,
      @JsonPropertyDescription("Workers that run the newest pod template.") Integer updated,
      @JsonPropertyDescription("Ready workers that have loaded the catalog revision above.")
          Integer programmed) {}
}
