package io.flowcore.operator.gather;

import io.flowcore.api.v1alpha1.Archive;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.api.v1alpha1.SecretRef;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A field of data cores that references a Secret in the same namespace.
 *
 * @param field the path of the field
 * @param entries the entries that the Secret must have
 * @param value reads the field; empty if it is not set
 */
public record SecretReference(
    String field, List<String> entries, Function<DataCoreSpec, Optional<SecretRef>> value) {
  /** The credentials of the archive's bucket. */
  public static final SecretReference ARCHIVE_CREDENTIALS =
      new SecretReference(
          "spec.archive.s3.credentialsSecretRef",
          List.of("accessKeyId", "secretAccessKey"),
          spec ->
              Optional.ofNullable(spec.archive())
                  .map(Archive::s3)
                  .map(Archive.S3::credentialsSecretRef));

  /** All fields of a data core that reference a Secret. */
  public static final List<SecretReference> ALL =
      List.of(
          ARCHIVE_CREDENTIALS,
          new SecretReference(
              "spec.hotStore.cassandra.credentialsSecretRef",
              List.of("username", "password"),
              spec -> cassandra(spec).map(HotStore.Cassandra::credentialsSecretRef)),
          new SecretReference(
              "spec.hotStore.cassandra.tls.caSecretRef",
              List.of("ca.crt"),
              spec -> cassandra(spec).map(HotStore.Cassandra::tls).map(HotStore.Tls::caSecretRef)),
          new SecretReference(
              "spec.hotStore.cassandra.tls.clientCertificateSecretRef",
              List.of("tls.crt", "tls.key"),
              spec ->
                  cassandra(spec)
                      .map(HotStore.Cassandra::tls)
                      .map(HotStore.Tls::clientCertificateSecretRef)));

  /** Returns the name of the Secret that a data core references with this field. */
  public Optional<String> secretOf(DataCore core) {
    return Optional.ofNullable(core.getSpec()).flatMap(value).map(SecretRef::name);
  }

  private static Optional<HotStore.Cassandra> cassandra(DataCoreSpec spec) {
    return Optional.ofNullable(spec.hotStore()).map(HotStore::cassandra);
  }
}
