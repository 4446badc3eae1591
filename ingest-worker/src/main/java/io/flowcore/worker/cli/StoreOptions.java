package io.flowcore.worker.cli;

import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that say where the hot store is. */
final class StoreOptions {
  /** As in the custom resource. */
  private static final String KEYSPACE = "[a-z][a-z0-9_]{0,47}";

  private static final int MOST_COPIES = 7;

  /** An hour until an arrival is over, and as much again for who archives or prolongs it. */
  private static final int FEWEST_MARGIN_HOURS = 3;

  /** Kinds of hot stores. */
  enum Kind {
    embedded,
    cassandra
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--store",
      paramLabel = "KIND",
      defaultValue = "embedded",
      description =
          "Hot store: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, a RocksDB in the data folder).")
  private Kind kind;

  @Option(
      names = "--cassandra-contact-points",
      paramLabel = "HOST[:PORT]",
      split = ",",
      description = "Nodes of the cluster to begin with; the port is 9042 if none is given.")
  private List<String> contactPoints = List.of();

  @Option(
      names = "--cassandra-datacenter",
      paramLabel = "NAME",
      description = "The data centre whose replicas are used, the same for all workers.")
  private String datacenter;

  @Option(
      names = "--cassandra-keyspace",
      paramLabel = "NAME",
      description = "The keyspace, one for each data core.")
  private String keyspace;

  @Option(
      names = "--cassandra-replication",
      paramLabel = "N",
      description =
          "Make the keyspace if it is missing, with so many copies, 1 to 7 (default: it must be there).")
  private Integer replication;

  @Option(
      names = "--cassandra-credentials",
      paramLabel = "DIR",
      description = "Folder with the files username and password (default: no authentication).")
  private Path credentials;

  @Option(names = "--cassandra-tls", description = "Connect with TLS.")
  private boolean tls;

  @Option(
      names = "--cassandra-ca",
      paramLabel = "DIR",
      description =
          "With --cassandra-tls: folder with ca.crt, which the servers' certificates must come from (default: the JVM's trust store, and their host names must fit).")
  private Path authority;

  @Option(
      names = "--cassandra-certificate",
      paramLabel = "DIR",
      description = "With --cassandra-tls: folder with tls.crt and tls.key, for mutual TLS.")
  private Path certificate;

  @Option(
      names = "--cassandra-archive-margin",
      paramLabel = "HOURS",
      defaultValue = "72",
      description =
          "Hours that an event which waits to be archived is kept behind its TTL though no worker runs, 3 to 2160 (default: ${DEFAULT-VALUE}).")
  private int marginHours;

  @Option(
      names = "--cassandra-max-clock-skew",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description =
          "By how much this machine's clock may differ from the nodes'; beyond it no events are taken, 1 to 60 (default: ${DEFAULT-VALUE}).")
  private int maxSkewSeconds;

  /** The cluster; empty for an embedded store. */
  Optional<CassandraSettings> cassandra() {
    if (kind == Kind.cassandra) {
      return Optional.of(target());
    }
    if (!contactPoints.isEmpty() || datacenter != null || keyspace != null) {
      throw invalid("--cassandra-... goes with --store cassandra; an embedded store has no nodes");
    }
    return Optional.empty();
  }

  /** The cluster, whatever kind of store is chosen. */
  CassandraSettings target() {
    if (contactPoints.isEmpty() || datacenter == null || keyspace == null) {
      throw invalid(
          "a hot store on Cassandra needs --cassandra-contact-points, --cassandra-datacenter and --cassandra-keyspace");
    }
    if (!tls && (authority != null || certificate != null)) {
      throw invalid("--cassandra-ca and --cassandra-certificate need --cassandra-tls");
    }
    checkRange("--cassandra-archive-margin", marginHours, FEWEST_MARGIN_HOURS, 2_160);
    checkRange("--cassandra-max-clock-skew", maxSkewSeconds, 1, 60);
    return new CassandraSettings(
        contactPoints,
        datacenter,
        checkedKeyspace(keyspace),
        copies(),
        Optional.ofNullable(credentials),
        tls
            ? Optional.of(new Tls(Optional.ofNullable(authority), Optional.ofNullable(certificate)))
            : Optional.empty(),
        Duration.ofHours(marginHours),
        Duration.ofSeconds(maxSkewSeconds));
  }

  private OptionalInt copies() {
    if (replication == null) {
      return OptionalInt.empty();
    }
    checkRange("--cassandra-replication", replication, 1, MOST_COPIES);
    return OptionalInt.of(replication);
  }

  private String checkedKeyspace(String name) {
    if (!name.matches(KEYSPACE)) {
      throw invalid(
          "--cassandra-keyspace is "
              + name
              + "; it must be a lower-case letter and at most 47 more letters, digits and _");
    }
    return name;
  }

  private void checkRange(String option, int number, int fewest, int most) {
    if (number < fewest || number > most) {
      throw invalid(option + " is " + number + "; it must be from " + fewest + " to " + most);
    }
  }

  private ParameterException invalid(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
