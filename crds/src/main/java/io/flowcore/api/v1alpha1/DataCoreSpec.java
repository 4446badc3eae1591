package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The desired state of a data core: ingest workers that share one hot store and one archive. */
@ValidationRule(
    value = "self.tenant == oldSelf.tenant",
    message =
        "tenant is immutable because the ids of stored events derive from it; create a new DataCore")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message =
        "name is immutable because the ids of stored events derive from it; create a new DataCore")
@ValidationRule(
    value = "has(self.hotStore.embedded) == has(oldSelf.hotStore.embedded)",
    message =
        "the kind of hotStore is immutable because stored events are not moved; create a new DataCore")
@ValidationRule(
    value =
        "!has(self.hotStore.embedded) || !has(self.worker) || !has(self.worker.replicas) || self.worker.replicas <= 1",
    message =
        "an embedded hotStore allows one worker; set worker.replicas to 1 or use hotStore.cassandra")
@ValidationRule(
    value = "!has(self.hotStore.embedded) || !has(self.worker) || !has(self.worker.autoscaling)",
    message =
        "an embedded hotStore allows one worker; remove worker.autoscaling or use hotStore.cassandra")
@ValidationRule(
    value = "!has(self.hotStore.cassandra) || !has(self.archive.directory)",
    message =
        "workers on hotStore.cassandra have no volume for archive.directory; use archive.s3 or archive.none")
public record DataCoreSpec(
    @Required
        @Size(min = 1, max = Patterns.MAX_SHORT_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription(
            "Tenant that owns the data core; {tenant} in webhook paths. Immutable.")
        String tenant,
    @Required
        @Size(min = 1, max = Patterns.MAX_SHORT_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription("Name of the data core; {dataCore} in webhook paths. Immutable.")
        String name,
    @Size(max = 1000)
        @JsonPropertyDescription(
            "Purpose of the data core, for readers. Changes apply by live reload.")
        String description,
    @JsonPropertyDescription(
            "Time that events stay in the hot store. Changes apply by live reload.")
        Retention retention,
    @Required
        @JsonPropertyDescription("Hot store: where events are stored until their TTL has passed.")
        HotStore hotStore,
    @Required @JsonPropertyDescription("Long-term storage for events.") Archive archive,
    @JsonPropertyDescription("The ingest workers. Default: one worker.") WorkerSpec worker,
    @JsonPropertyDescription(
            "Routing from outside the cluster to the workers. Default: none; only the Service.")
        Routing routing,
    @JsonPropertyDescription("Limits for requests and events. Changes apply by live reload.")
        Limits limits,
    @JsonPropertyDescription(
            "Rejects the deletion of this resource while true. Default: false. Changes cause no restart.")
        Boolean deletionProtection) {}
