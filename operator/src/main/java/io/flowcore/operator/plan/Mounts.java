package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.resolve.Resolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a worker's pod mounts, and the arguments that tell the worker where. Whole folders only: a
 * single mounted file is never refreshed.
 */
record Mounts(List<Volume> volumes, List<VolumeMount> mounts, List<String> arguments) {
  private static final String SETTINGS = "/etc/flowcore";

  static Mounts of(Names names, PlanInput input) {
    Mounts all = new Mounts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    DataCoreSpec spec = input.dataCore().getSpec();
    all.arguments.add("serve");
    all.option("--catalog", SETTINGS + "/catalog");
    all.readOnly(
        new VolumeBuilder()
            .withName("catalog")
            .withNewConfigMap()
            .withName(names.catalog())
            .endConfigMap()
            .build(),
        SETTINGS + "/catalog");
    all.option("--keys", SETTINGS + "/keys");
    all.secret("keys", names.keys(), SETTINGS + "/keys");
    Optional<String> credentials = Index.archiveSecret(input.dataCore());
    if (credentials.isPresent()) {
      all.option("--secrets", SETTINGS + "/secrets");
      all.secret(
          "archive-credentials",
          credentials.get(),
          SETTINGS + "/secrets/" + names.namespace() + "/" + credentials.get());
    }
    all.option("--data", Resolver.DATA_DIRECTORY);
    if (spec.hotStore().cassandra() != null) {
      all.cassandra(spec.hotStore().cassandra());
      all.scratch("data", Resolver.DATA_DIRECTORY);
    } else {
      all.volumes.add(
          new VolumeBuilder()
              .withName("data")
              .withNewPersistentVolumeClaim(names.volume(), null)
              .build());
      all.mounts.add(mount("data", Resolver.DATA_DIRECTORY, null));
    }
    all.scratch("tmp", "/tmp");
    return all;
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
      option("--cassandra-credentials", SETTINGS + "/cassandra");
      secret(
          "cassandra-credentials",
          cassandra.credentialsSecretRef().name(),
          SETTINGS + "/cassandra");
    }
    if (cassandra.tls() != null) {
      arguments.add("--cassandra-tls");
      if (cassandra.tls().caSecretRef() != null) {
        option("--cassandra-ca", SETTINGS + "/cassandra-ca");
        secret("cassandra-ca", cassandra.tls().caSecretRef().name(), SETTINGS + "/cassandra-ca");
      }
      if (cassandra.tls().clientCertificateSecretRef() != null) {
        option("--cassandra-certificate", SETTINGS + "/cassandra-certificate");
        secret(
            "cassandra-certificate",
            cassandra.tls().clientCertificateSecretRef().name(),
            SETTINGS + "/cassandra-certificate");
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
