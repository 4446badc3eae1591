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

/** An API key for sending and fetching events. */
@Group("flowcore.io")
@Version("v1alpha1")
@Kind("WebhookKey")
@Plural("webhookkeys")
@ShortNames("whk")
@Categories("flowcore")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Data Core",
    jsonPath = ".spec.dataCoreRef.name",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Key Id", jsonPath = ".status.keyId", type = Type.STRING)
@AdditionalPrinterColumn(name = "Event Types", jsonPath = ".status.eventTypes", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Expires", jsonPath = ".spec.expiresAt", type = Type.STRING)
@AdditionalPrinterColumn(name = "URL", jsonPath = ".status.url", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public final class WebhookKey extends CustomResource<WebhookKeySpec, WebhookKeyStatus>
    implements Namespaced {}
