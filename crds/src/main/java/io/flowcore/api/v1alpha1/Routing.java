package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

/** How requests reach the workers from outside. Left out as a whole: only through the Service. */
@ValidationRule(
    value = "!(has(self.ingress) && has(self.gateway))",
    message = "routing takes ingress or gateway, not both; remove one of them")
public record Routing(
    @Required
        @Size(min = 1, max = 253)
        @Pattern(Patterns.HOST)
        @JsonPropertyDescription(
            "Host name of the webhooks, for example events.example.com. Several data cores may share one. Changing it:"
                + " no restart.")
        String host,
    @JsonPropertyDescription("Routing by an Ingress. The default when neither kind is named.")
        Ingress ingress,
    @JsonPropertyDescription("Routing by an HTTPRoute of the Gateway API.") Gateway gateway) {

  /** An Ingress. */
  public record Ingress(
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Ingress class. Left out: the cluster's default. Changing it: no restart.")
          String className,
      @JsonPropertyDescription("Annotations for the ingress controller. Changing it: no restart.")
          Map<String, String> annotations,
      @JsonPropertyDescription(
              "Secret with tls.crt and tls.key for the host. Left out: no TLS by this Ingress.")
          SecretRef tlsSecretRef) {}

  /** The Gateway that an HTTPRoute attaches to. */
  public record Gateway(
      @Required
          @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("Name of the Gateway.")
          String name,
      @Size(min = 1, max = 63)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Namespace of the Gateway, which has to allow routes from this one. Left out: the same namespace.")
          String namespace,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("Listener of the Gateway. Left out: every one that fits.")
          String sectionName) {}
}
