package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Hot store: where events are stored until their TTL has passed. Exactly one kind. */
@ValidationRule(
    value = "has(self.embedded) != has(self.cassandra)",
    message = "hotStore needs exactly one of embedded and cassandra; set one and remove the other")
public record HotStore(
    @JsonPropertyDescription("RocksDB on a volume of the worker. Allows one worker per data core.")
        Embedded embedded,
    @JsonPropertyDescription(
            "An Apache Cassandra or ScyllaDB cluster. Allows any number of workers; workers have no volume.")
        Cassandra cassandra) {

  /** The volume of an embedded RocksDB. */
  @ValidationRule(
      value =
          "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) ||"
              + " self.storageClassName == oldSelf.storageClassName)",
      message =
          "storageClassName is immutable because Kubernetes cannot move a volume to another class; restore the old value")
  public record Embedded(
      @Required
          @Size(min = 1, max = 20)
          @Pattern(Patterns.QUANTITY)
          @JsonPropertyDescription(
              "Size of the volume, for example 20Gi. Minimum: 128Mi. A tenth of it, at most 2Gi, is kept free; on"
                  + " volumes below 5Gi up to an eighth, and at least 64Mi. A larger value expands the volume claim if the storage class"
                  + " allows it. Kubernetes rejects a smaller value.")
          String storage,
      @Size(min = 1, max = 253)
          @Pattern(Patterns.OBJECT_NAME)
          @JsonPropertyDescription(
              "Storage class of the volume. Default: the cluster's default class. Immutable.")
          String storageClassName) {}

  /** The connection to a Cassandra cluster. */
  @ValidationRule(
      value = "self.keyspace == oldSelf.keyspace",
      message = "keyspace is immutable because stored events are not moved; create a new DataCore")
  public record Cassandra(
      @Required
          @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "Addresses of Cassandra nodes, host or host:port, 1-16. Default port: 9042. Changes cause a rolling"
                  + " restart.")
          List<@Size(min = 1, max = 260) @Pattern("^[A-Za-z0-9.:_-]+$") String> contactPoints,
      @Required
          @Size(min = 1, max = 120)
          @JsonPropertyDescription(
              "Name of the Cassandra data center whose replicas the workers use. Changes cause a rolling restart.")
          String localDatacenter,
      @Required
          @Size(min = 1, max = 48)
          @Pattern("^[a-z][a-z0-9_]*$")
          @JsonPropertyDescription(
              "Keyspace of this data core. Must not be shared with another data core. Immutable.")
          String keyspace,
      @Min(1)
          @Max(7)
          @JsonPropertyDescription(
              "Replication factor of the keyspace, 1-7, if the workers create it. With 3, no event is lost when"
                  + " one node is lost. Default: the keyspace must exist. Has no effect if the keyspace exists. Changes"
                  + " cause a rolling restart.")
          Integer replicationFactor,
      @JsonPropertyDescription(
              "Secret with the keys username and password. Default: no authentication. A change of the reference"
                  + " causes a rolling restart; a change of the Secret's content does not.")
          SecretRef credentialsSecretRef,
      @JsonPropertyDescription(
              "Encrypts connections with TLS. Default: no TLS. Changes cause a rolling restart.")
          Tls tls) {}

  /** TLS for connections to Cassandra. */
  public record Tls(
      @JsonPropertyDescription(
              "Secret whose ca.crt verifies the servers' certificates. Default: the JVM's trust store. Changes"
                  + " cause a rolling restart.")
          SecretRef caSecretRef,
      @JsonPropertyDescription(
              "Secret with tls.crt and tls.key for mutual TLS. Default: no client certificate. Changes cause a"
                  + " rolling restart.")
          SecretRef clientCertificateSecretRef) {}
}
