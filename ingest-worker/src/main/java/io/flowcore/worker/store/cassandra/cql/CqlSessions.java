package io.flowcore.worker.store.cassandra.cql;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.auth.PlainTextAuthProviderBase;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.metadata.EndPoint;
import com.datastax.oss.driver.api.core.ssl.ProgrammaticSslEngineFactory;
import com.datastax.oss.driver.internal.core.specex.ConstantSpeculativeExecutionPolicy;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Opens sessions with a cluster. */
public final class CqlSessions {
  private static final int DEFAULT_PORT = 9042;

  /** Limits one request with all its attempts; {@link CqlExecutor} retries it until a deadline. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  /** If a node has not responded after this time, the request is sent to one more node as well. */
  private static final Duration SPECULATIVE_DELAY = Duration.ofMillis(200);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** An unresponsive node is detected within this interval and the timeout. */
  private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(5);

  /** Each schema change waits for this window. */
  private static final Duration SCHEMA_REFRESH_WINDOW = Duration.ofMillis(20);

  private static final int MAX_REQUESTS_PER_CONNECTION = 2_048;

  private CqlSessions() {}

  /**
   * Connects to a cluster.
   *
   * @throws StoreException if no node accepts the connection; the message is for administrators
   */
  public static CqlSession open(CassandraSettings settings) throws StoreException {
    CqlSessionBuilder builder =
        CqlSession.builder()
            .withConfigLoader(config(settings))
            .withLocalDatacenter(settings.datacenter());
    settings
        .credentials()
        .ifPresent(directory -> builder.withAuthProvider(new FileCredentials(directory)));
    try {
      settings.contactPoints().forEach(point -> builder.addContactPoint(address(point)));
      if (settings.tls().isPresent()) {
        CassandraSettings.Tls tls = settings.tls().get();
        builder.withSslEngineFactory(
            new ProgrammaticSslEngineFactory(
                TlsFiles.context(tls), null, tls.authority().isEmpty()));
      }
      return builder.build();
    } catch (AllNodesFailedException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "cannot use any Cassandra node of " + settings.contactPoints() + ": " + causes(e),
          e);
    } catch (DriverException e) {
      throw unusable(Kind.UNAVAILABLE, settings, e);
    } catch (IllegalArgumentException | IllegalStateException e) {
      // From the driver, about the settings.
      throw unusable(Kind.UNUSABLE, settings, e);
    }
  }

  private static StoreException unusable(
      Kind kind, CassandraSettings settings, RuntimeException e) {
    return new StoreException(
        kind, "cannot use Cassandra at " + settings.contactPoints() + ": " + e.getMessage(), e);
  }

  private static String causes(AllNodesFailedException e) {
    return e.getAllErrors().values().stream()
        .flatMap(List::stream)
        .map(CqlSessions::describe)
        .distinct()
        .toList()
        .toString();
  }

  /** Without the driver's prefix, which is another one for each connection. */
  private static String describe(Throwable failure) {
    boolean explained = failure.getCause() != null && failure.getCause().getMessage() != null;
    String message = explained ? failure.getCause().getMessage() : failure.getMessage();
    return String.valueOf(message).replaceAll("\\[flowcore\\|[^\\]]*\\] *", "");
  }

  private static DriverConfigLoader config(CassandraSettings settings) {
    return DriverConfigLoader.programmaticBuilder()
        .withString(DefaultDriverOption.SESSION_NAME, "flowcore")
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, REQUEST_TIMEOUT)
        .withString(DefaultDriverOption.REQUEST_CONSISTENCY, "LOCAL_QUORUM")
        .withString(DefaultDriverOption.REQUEST_SERIAL_CONSISTENCY, "LOCAL_SERIAL")
        .withBoolean(DefaultDriverOption.REQUEST_DEFAULT_IDEMPOTENCE, true)
        .withClass(
            DefaultDriverOption.SPECULATIVE_EXECUTION_POLICY_CLASS,
            ConstantSpeculativeExecutionPolicy.class)
        .withInt(DefaultDriverOption.SPECULATIVE_EXECUTION_MAX, 2)
        .withDuration(DefaultDriverOption.SPECULATIVE_EXECUTION_DELAY, SPECULATIVE_DELAY)
        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, CONNECT_TIMEOUT)
        .withDuration(DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT, CONNECT_TIMEOUT)
        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, CONNECT_TIMEOUT)
        .withDuration(DefaultDriverOption.HEARTBEAT_INTERVAL, HEARTBEAT_INTERVAL)
        .withDuration(DefaultDriverOption.HEARTBEAT_TIMEOUT, HEARTBEAT_INTERVAL)
        .withInt(DefaultDriverOption.CONNECTION_MAX_REQUESTS, MAX_REQUESTS_PER_CONNECTION)
        .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofSeconds(1))
        .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(10))
        // Host names are resolved for each connection: a restarted pod has another address.
        .withBoolean(DefaultDriverOption.RESOLVE_CONTACT_POINTS, false)
        .withStringList(
            DefaultDriverOption.METADATA_SCHEMA_REFRESHED_KEYSPACES, List.of(settings.keyspace()))
        .withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, SCHEMA_REFRESH_WINDOW)
        .withBoolean(DefaultDriverOption.NETTY_DAEMON, true)
        .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
        .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0)
        .build();
  }

  private static InetSocketAddress address(String contactPoint) {
    int colon = contactPoint.lastIndexOf(':');
    boolean hasPort =
        colon > 0
            // An IPv6 address has more than one colon.
            && contactPoint.indexOf(':') == colon
            && contactPoint.substring(colon + 1).matches("[0-9]{1,5}");
    return hasPort
        ? InetSocketAddress.createUnresolved(
            contactPoint.substring(0, colon), Integer.parseInt(contactPoint.substring(colon + 1)))
        : InetSocketAddress.createUnresolved(contactPoint, DEFAULT_PORT);
  }

  /** Reads the mounted Secret for each new connection, so that it can be rotated. */
  private static final class FileCredentials extends PlainTextAuthProviderBase {
    private final Path directory;

    FileCredentials(Path directory) {
      super("flowcore");
      this.directory = directory;
    }

    @Override
    protected Credentials getCredentials(EndPoint endPoint, String serverAuthenticator) {
      return new Credentials(read("username").toCharArray(), read("password").toCharArray());
    }

    private String read(String file) {
      try {
        return Files.readString(directory.resolve(file), UTF_8).strip();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the credentials for Cassandra: " + file, e);
      }
    }
  }
}
