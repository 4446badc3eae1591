package io.flowcore.worker.cli;

import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Options that select the hot store. */
final class StoreOptions {
  /** The pattern of the custom resource's keyspace. */
  private static final String KEYSPACE = "[a-z][a-z0-9_]{0,47}";

  private static final int MAX_REPLICATION = 7;

  /**
   * One hour until an ingest hour is over, and at least as much again for the worker that archives
   * its events or extends their TTL.
   */
  private static final int MIN_ARCHIVE_MARGIN_HOURS = 3;

  private static final int MAX_ARCHIVE_MARGIN_HOURS = 2_160;
  private static final int MAX_CLOCK_SKEW_SECONDS = 60;

  /** Kinds of hot stores. */
  enum Kind {
    EMBEDDED("embedded"),
    CASSANDRA("cassandra");

    private final String optionValue;

    Kind(String optionValue) {
      this.optionValue = optionValue;
    }

    @Override
    public String toString() {
      return optionValue;
    }

    static List<String> optionValues() {
      return Arrays.stream(values()).map(Kind::toString).toList();
    }
  }

  /** The values of {@code --store} in the help text. */
  static final class KindValues implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Kind.optionValues().iterator();
    }
  }

  /** Reads the value of {@code --store}. */
  static final class KindConverter implements ITypeConverter<Kind> {
    @Override
    public Kind convert(String value) {
      return Arrays.stream(Kind.values())
          .filter(kind -> kind.optionValue.equals(value))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + value + "' is not a hot store; use one of " + Kind.optionValues()));
    }
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--store",
      paramLabel = "KIND",
      defaultValue = "embedded",
      converter = KindConverter.class,
      completionCandidates = KindValues.class,
      description =
          "Hot store: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, RocksDB in the data directory).")
  private Kind kind;

  @Option(
      names = "--cassandra-contact-points",
      paramLabel = "HOST[:PORT]",
      split = ",",
      description = "Nodes to connect to first, separated by commas (default port: 9042).")
  private List<String> contactPoints = List.of();

  @Option(
      names = "--cassandra-datacenter",
      paramLabel = "NAME",
      description = "Data center of the replicas to use; must be the same for all workers.")
  private String datacenter;

  @Option(
      names = "--cassandra-keyspace",
      paramLabel = "NAME",
      description = "Keyspace of this data core; each data core needs its own.")
  private String keyspace;

  @Option(
      names = "--cassandra-replication",
      paramLabel = "N",
      description =
          "Create the keyspace if it does not exist, with this replication factor, 1-7 (default: the keyspace must exist).")
  private Integer replication;

  @Option(
      names = "--cassandra-credentials",
      paramLabel = "DIR",
      description = "Directory with the files username and password (default: no authentication).")
  private Path credentials;

  @Option(names = "--cassandra-tls", description = "Connect with TLS.")
  private boolean tls;

  @Option(
      names = "--cassandra-ca",
      paramLabel = "DIR",
      description =
          "With --cassandra-tls: directory with ca.crt, the CA that the nodes' certificates must be signed by (default: the JVM's trust store, with host name verification).")
  private Path authority;

  @Option(
      names = "--cassandra-certificate",
      paramLabel = "DIR",
      description = "With --cassandra-tls: directory with tls.crt and tls.key, for mutual TLS.")
  private Path certificate;

  @Option(
      names = "--cassandra-archive-margin",
      paramLabel = "HOURS",
      defaultValue = "72",
      description =
          "How long events that are pending archive are kept after their TTL while no worker runs, 3-2160 hours (default: ${DEFAULT-VALUE}).")
  private int archiveMarginHours;

  @Option(
      names = "--cassandra-max-clock-skew",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description =
          "Maximum difference between this machine's clock and the nodes' clocks, 1-60 seconds; events are rejected while it is larger (default: ${DEFAULT-VALUE}).")
  private int maxClockSkewSeconds;

  /** Returns the cluster to use; empty for an embedded store. */
  Optional<CassandraSettings> cassandra() {
    return switch (kind) {
      case CASSANDRA -> Optional.of(cluster());
      case EMBEDDED -> {
        if (!contactPoints.isEmpty() || datacenter != null || keyspace != null) {
          throw invalid("--cassandra-... options need --store cassandra; add it or remove them");
        }
        yield Optional.empty();
      }
    };
  }

  /** Returns the cluster that the options describe, whatever kind of store is selected. */
  CassandraSettings cluster() {
    if (contactPoints.isEmpty() || datacenter == null || keyspace == null) {
      throw invalid(
          "a hot store on Cassandra needs --cassandra-contact-points, --cassandra-datacenter and --cassandra-keyspace");
    }
    if (!tls && (authority != null || certificate != null)) {
      throw invalid("--cassandra-ca and --cassandra-certificate need --cassandra-tls");
    }
    checkRange(
        "--cassandra-archive-margin",
        archiveMarginHours,
        MIN_ARCHIVE_MARGIN_HOURS,
        MAX_ARCHIVE_MARGIN_HOURS);
    checkRange("--cassandra-max-clock-skew", maxClockSkewSeconds, 1, MAX_CLOCK_SKEW_SECONDS);
    checkKeyspace();
    return new CassandraSettings(
        contactPoints,
        datacenter,
        keyspace,
        replicationFactor(),
        Optional.ofNullable(credentials),
        tls
            ? Optional.of(new Tls(Optional.ofNullable(authority), Optional.ofNullable(certificate)))
            : Optional.empty(),
        Duration.ofHours(archiveMarginHours),
        Duration.ofSeconds(maxClockSkewSeconds));
  }

  private OptionalInt replicationFactor() {
    if (replication == null) {
      return OptionalInt.empty();
    }
    checkRange("--cassandra-replication", replication, 1, MAX_REPLICATION);
    return OptionalInt.of(replication);
  }

  private void checkKeyspace() {
    if (!keyspace.matches(KEYSPACE)) {
      throw invalid(
          "--cassandra-keyspace is "
              + keyspace
              + "; it must be a lowercase letter followed by at most 47 lowercase letters, digits and _");
    }
  }

  private void checkRange(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw invalid(option + " is " + value + "; it must be from " + min + " to " + max);
    }
  }

  private ParameterException invalid(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
