package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Where events live until their TTL has passed. Exactly one kind. */
@ValidationRule(
    value = "has(self.embedded) != has(self.cassandra)",
    message = "hotStore needs exactly one of embedded and cassandra; remove the other one")
public record HotStore(
    @JsonPropertyDescription("A RocksDB on a volume of the worker's own. One worker per data core.")
        Embedded embedded,
    @JsonPropertyDescription(
            "An Apache Cassandra or ScyllaDB cluster. Any number of workers, none with a volume.")
        Cassandra cassandra) {

  /** The embedded engine's volume. */
  @ValidationRule(
      value =
          "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) ||"
              + " self.storageClassName == oldSelf.storageClassName)",
      message =
          "storageClassName can't be changed: Kubernetes can't move a volume to another class")
  public record Embedded(
      @Required
          @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription(
              "Size of the volume, for example 20Gi. Changing it: the volume claim is expanded where the storage class"
                  + " allows it; a smaller size is refused by Kubernetes.")
          String storage,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Storage class of the volume. Left out: the cluster's default. Can't be changed.")
          String storageClassName) {}

  /** The connection to a Cassandra cluster. */
  @ValidationRule(
      value = "self.keyspace == oldSelf.keyspace",
      message =
          "keyspace can't be changed: stored events would be left behind; make a new DataCore")
  public record Cassandra(
      @Required
          @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "Addresses host or host:port, 1 to 16. Changing it: rolling restart.")
          List<@Size(min = 1, max = 260) @Pattern("^[A-Za-z0-9.:_-]+$") String> contactPoints,
      @Required
          @Size(min = 1, max = 120)
          @JsonPropertyDescription(
              "The data centre whose replicas the workers use. Changing it: rolling restart.")
          String localDatacenter,
      @Required
          @Size(min = 1, max = 48)
          @Pattern("^[a-z][a-z0-9_]*$")
          @JsonPropertyDescription("The keyspace, of this data core alone. Can't be changed.")
          String keyspace,
      @Min(1)
          @Max(7)
          @JsonPropertyDescription(
              "Copies of each event in a keyspace that the workers make, 1 to 7; 3 keeps all of them when a node is lost. Left"
                  + " out: the keyspace must be there. Counts only while the keyspace is missing. Changing it: rolling restart.")
          Integer replicationFactor,
      @JsonPropertyDescription(
              "Secret with the keys username and password. Left out: no authentication. Changing it: rolling restart.")
          SecretRef credentialsSecretRef,
      @JsonPropertyDescription(
              "Encrypted connections. Left out: plain. Changing it: rolling restart.")
          Tls tls) {}

  /** TLS towards Cassandra. */
  public record Tls(
      @JsonPropertyDescription(
              "Secret whose ca.crt verifies the servers. Left out: the JVM's trust store. Changing it: rolling restart.")
          SecretRef caSecretRef,
      @JsonPropertyDescription(
              "Secret with tls.crt and tls.key for mutual TLS. Left out: no client certificate. Changing it: rolling"
                  + " restart.")
          SecretRef clientCertificateSecretRef) {}
}
