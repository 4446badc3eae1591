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

/** One kind of event, with its own webhooks. */
@Group("flowcore.io")
@Version("v1alpha1")
@Kind("EventType")
@Plural("eventtypes")
@ShortNames("et")
@Categories("flowcore")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Name", jsonPath = ".spec.name", type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Flow Type",
    jsonPath = ".spec.flowTypeRef.name",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Hot", jsonPath = ".status.effective.hot", type = Type.STRING)
@AdditionalPrinterColumn(
    name = "URL",
    jsonPath = ".status.urls.event",
    type = Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public final class EventType extends CustomResource<EventTypeSpec, EventTypeStatus>
    implements Namespaced {}
