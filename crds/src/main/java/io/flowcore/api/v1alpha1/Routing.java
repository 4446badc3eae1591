package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

/** Routing from outside the cluster to the workers. Default: none; only the Service. */
@ValidationRule(
    value = "!(has(self.ingress) && has(self.gateway))",
    message = "routing accepts ingress or gateway, not both; remove one of them")
public record Routing(
    @Required
        @Size(min = 1, max = 253)
        @Pattern(Patterns.HOST)
        @JsonPropertyDescription(
            "Host name of the webhooks, for example events.example.com. Several data cores can share a host."
                + " Changes cause no restart.")
        String host,
    @JsonPropertyDescription(
            "Routes with an Ingress. Default if gateway is not set either. Changes cause no restart.")
        Ingress ingress,
    @JsonPropertyDescription(
            "Routes with an HTTPRoute of the Gateway API. Changes cause no restart.")
        Gateway gateway) {

  /** An Ingress. */
  public record Ingress(
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Ingress class. Default: the cluster's default class. Changes cause no restart.")
          String className,
      @JsonPropertyDescription(
              "Annotations for the ingress controller. Default: none. Changes cause no restart.")
          Map<String, String> annotations,
      @JsonPropertyDescription(
              "Secret with tls.crt and tls.key for the host. Default: the Ingress terminates no TLS. Changes"
                  + " cause no restart.")
          SecretRef tlsSecretRef) {}

  /** The Gateway that an HTTPRoute attaches to. */
  public record Gateway(
      @Required
          @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription("Name of the Gateway. Changes cause no restart.")
          String name,
      @Size(min = 1, max = 63)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Namespace of the Gateway, which must allow routes from this namespace. Default: the same"
                  + " namespace. Changes cause no restart.")
          String namespace,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Listener of the Gateway. Default: all listeners that match. Changes cause no restart.")
          String sectionName) {}
}
