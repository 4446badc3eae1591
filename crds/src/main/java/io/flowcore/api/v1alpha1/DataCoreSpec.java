package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What a data core should be: a set of ingest workers with one store and one archive. */
@ValidationRule(
    value = "self.tenant == oldSelf.tenant",
    message =
        "tenant can't be changed: the ids of stored events derive from it; make a new DataCore")
@ValidationRule(
    value = "self.name == oldSelf.name",
    message = "name can't be changed: the ids of stored events derive from it; make a new DataCore")
@ValidationRule(
    value = "has(self.hotStore.embedded) == has(oldSelf.hotStore.embedded)",
    message =
        "the kind of hotStore can't be changed in place: stored events would be left behind; make a new DataCore")
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
        @JsonPropertyDescription("Tenant, the first part of every URL's path. Can't be changed.")
        String tenant,
    @Required
        @Size(min = 1, max = Patterns.MAX_SHORT_NAME)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription(
            "Name of the data core, the second part of every URL's path. Can't be changed.")
        String name,
    @Size(max = 1000)
        @JsonPropertyDescription("What this data core is for. Changing it: live reload.")
        String description,
    @JsonPropertyDescription("How long events stay hot. Changing it: live reload.")
        Retention retention,
    @Required @JsonPropertyDescription("Where events live until their TTL has passed.")
        HotStore hotStore,
    @Required @JsonPropertyDescription("Where events go for good.") Archive archive,
    @JsonPropertyDescription("The ingest workers.") WorkerSpec worker,
    @JsonPropertyDescription("How requests reach the workers from outside.") Routing routing,
    @JsonPropertyDescription("What a sender may send. Changing it: live reload.") Limits limits,
    @JsonPropertyDescription(
            "Refuse to delete this resource while true. Left out: false. Changing it: nothing.")
        Boolean deletionProtection) {}
