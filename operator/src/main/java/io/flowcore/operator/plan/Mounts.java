package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.operator.gather.SecretReference;
import io.flowcore.operator.resolve.Resolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The volumes of a worker's pod, their mounts, and the worker's arguments with the paths. Mounts
 * are whole directories: the kubelet never refreshes a single file mounted with {@code subPath}.
 */
record Mounts(List<Volume> volumes, List<VolumeMount> mounts, List<String> arguments) {
  private static final String CONFIG = "/etc/flowcore";

  /** Plans the mounts of a data core's workers. */
  static Mounts of(Names names, PlanInput input) {
    Mounts mounts = new Mounts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    DataCoreSpec spec = input.dataCore().getSpec();
    mounts.arguments.add("serve");
    mounts.option("--catalog", CONFIG + "/catalog");
    mounts.readOnly(
        new VolumeBuilder()
            .withName("catalog")
            .withNewConfigMap()
            .withName(names.catalog())
            .endConfigMap()
            .build(),
        CONFIG + "/catalog");
    mounts.option("--keys", CONFIG + "/keys");
    mounts.secret("keys", names.keys(), CONFIG + "/keys");
    Optional<String> credentials = SecretReference.ARCHIVE_CREDENTIALS.secretOf(input.dataCore());
    if (credentials.isPresent()) {
      mounts.option("--secrets", CONFIG + "/secrets");
      mounts.secret(
          "archive-credentials",
          credentials.get(),
          CONFIG + "/secrets/" + names.namespace() + "/" + credentials.get());
    }
    mounts.option("--data", Resolver.DATA_DIRECTORY);
    if (spec.hotStore().cassandra() != null) {
      mounts.cassandra(spec.hotStore().cassandra());
      mounts.scratch("data", Resolver.DATA_DIRECTORY);
    } else {
      mounts.volumes.add(
          new VolumeBuilder()
              .withName("data")
              .withNewPersistentVolumeClaim(names.volume(), null)
              .build());
      mounts.mounts.add(mount("data", Resolver.DATA_DIRECTORY, null));
    }
    mounts.scratch("tmp", "/tmp");
    return mounts;
  }

  private void cassandra(HotStore.Cassandra cassandra) {
    option("--store", "cassandra");
    option("--cassandra-contact-points", String.join(",", cassandra.contactPoints()));
    option("--cassandra-datacenter", cassandra.localDatacenter());
    option("--cassandra-keyspace", cassandra.keyspace());
    if (cassandra.replicationFactor() != null) {
      option("--cassandra-replication", String.valueOf(cassandra.replicationFactor()));
    }
    if (cassandra.credentialsSecretRef() != null) {
      option("--cassandra-credentials", CONFIG + "/cassandra");
      secret(
          "cassandra-credentials", cassandra.credentialsSecretRef().name(), CONFIG + "/cassandra");
    }
    if (cassandra.tls() != null) {
      arguments.add("--cassandra-tls");
      if (cassandra.tls().caSecretRef() != null) {
        option("--cassandra-ca", CONFIG + "/cassandra-ca");
        secret("cassandra-ca", cassandra.tls().caSecretRef().name(), CONFIG + "/cassandra-ca");
      }
      if (cassandra.tls().clientCertificateSecretRef() != null) {
        option("--cassandra-certificate", CONFIG + "/cassandra-certificate");
        secret(
            "cassandra-certificate",
            cassandra.tls().clientCertificateSecretRef().name(),
            CONFIG + "/cassandra-certificate");
      }
    }
  }

  private void option(String name, String value) {
    arguments.add(name);
    arguments.add(value);
  }

  private void secret(String volume, String secret, String path) {
    readOnly(
        new VolumeBuilder()
            .withName(volume)
            .withNewSecret()
            .withSecretName(secret)
            .endSecret()
            .build(),
        path);
  }

  private void readOnly(Volume volume, String path) {
    volumes.add(volume);
    mounts.add(mount(volume.getName(), path, true));
  }

  private void scratch(String volume, String path) {
    volumes.add(
        new VolumeBuilder().withName(volume).withEmptyDir(new EmptyDirVolumeSource()).build());
    mounts.add(mount(volume, path, null));
  }

  private static VolumeMount mount(String volume, String path, Boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(path)
        .withReadOnly(readOnly)
        .build();
  }
}
