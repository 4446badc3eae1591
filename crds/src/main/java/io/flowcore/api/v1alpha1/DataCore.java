package io.flowcore.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A data core: ingest workers that share one hot store and one archive. */
@Group("flowcore.io")
@Version("v1alpha1")
@Kind("DataCore")
@Plural("datacores")
@ShortNames("dc")
@Categories("flowcore")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Tenant", jsonPath = ".spec.tenant", type = Type.STRING)
@AdditionalPrinterColumn(name = "Name", jsonPath = ".spec.name", type = Type.STRING)
@AdditionalPrinterColumn(name = "Event Types", jsonPath = ".status.eventTypes", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Keys", jsonPath = ".status.webhookKeys", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Workers", jsonPath = ".status.workers.ready", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "URL", jsonPath = ".status.url", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public final class DataCore extends CustomResource<DataCoreSpec, DataCoreStatus>
    implements Namespaced {}
