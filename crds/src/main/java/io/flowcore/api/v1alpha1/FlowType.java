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

/** A group of related event types. */
@Group("flowcore.io")
@Version("v1alpha1")
@Kind("FlowType")
@Plural("flowtypes")
@ShortNames("ft")
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
    name = "Data Core",
    jsonPath = ".spec.dataCoreRef.name",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Event Types", jsonPath = ".status.eventTypes", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public final class FlowType extends CustomResource<FlowTypeSpec, FlowTypeStatus>
    implements Namespaced {}
