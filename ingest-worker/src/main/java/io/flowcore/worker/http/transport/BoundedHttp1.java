package io.flowcore.worker.http.transport;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/**
 * The server's own HTTP/1.1 behind {@link RequestBytes}, for every connection of a listener: what a
 * client sends is bounded before anything else looks at it.
 */
public final class BoundedHttp1 implements ServerConnectionSelector {
  /** An address may be a proxy for many clients, but leaves a part to others. */
  private static final int ADDRESS_SHARE_DIVISOR = 2;

  private final Http1ConnectionSelector http1;
  private final TransportLimits limits;
  private final ConnectionTable table;

  /**
   * Creates the connections of one listener.
   *
   * @param maxConnections the maximum number of open connections
   */
  public BoundedHttp1(TransportLimits limits, int maxConnections) {
    this.limits = limits;
    table =
        new ConnectionTable(maxConnections, Math.max(1, maxConnections / ADDRESS_SHARE_DIVISOR));
    // The limits of the server itself count as it parses, after ours.
    http1 =
        Http1ConnectionSelector.builder()
            .config(
                Http1Config.builder()
                    .maxPrologueLength(limits.maxHeadBytes())
                    .maxHeadersSize(limits.maxHeadBytes())
                    .build())
            .build();
  }

  /** Returns the options of the listener's connections, which it must have. */
  public SocketOptions connectionOptions() {
    return new ClientSockets(limits.idleTimeout(), table);
  }

  /** Returns the number of open connections. */
  public int connections() {
    return table.size();
  }

  /** Returns the number of open connections that have no request in progress. */
  public int idleConnections() {
    return table.idleConnections();
  }

  /**
   * Returns whether the listener can be stopped without cutting off a client.
   *
   * @param quiet minimum time since the last client connected
   * @param idle minimum time for which every open connection has had no request
   */
  public boolean isQuiet(Duration quiet, Duration idle) {
    return table.isQuiet(quiet.toNanos(), idle.toNanos());
  }

  @Override
  public int bytesToIdentifyConnection() {
    return 0;
  }

  @Override
  public Support supports(BufferData data) {
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return Set.of("http/1.1");
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    SocketAddress remote = context.remotePeer().address();
    ClientConnection client =
        table
            .find(remote)
            .orElseThrow(() -> new CloseConnectionException("the connection was replaced"));
    RequestBytes bytes =
        new RequestBytes(
            new SocketSource(context.serverSocket(), client.socket()),
            limits,
            readAlready(context.dataReader()));
    client.readWith(bytes);
    ServerConnection server = http1.connection(new BoundedContext(context, bytes));
    return new Listed(server, remote, client);
  }

  /** The server reads once from a connection before it chooses a protocol: 8 KiB at most. */
  private static byte[] readAlready(DataReader reader) {
    int available = reader.available();
    return available == 0 ? new byte[0] : reader.readBytes(available);
  }

  /** Reads a socket with a timeout for each read. */
  private record SocketSource(HelidonSocket in, Socket socket) implements RequestBytes.Source {
    @Override
    public byte[] read(int timeoutMillis) throws SocketTimeoutException {
      try {
        socket.setSoTimeout(timeoutMillis);
        return in.get();
      } catch (SocketException e) {
        throw new ServerConnectionException("the connection is closed", e);
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof SocketTimeoutException timeout) {
          throw timeout;
        }
        throw new ServerConnectionException("the connection broke", e);
      }
    }
  }

  /** The connection of the server, which leaves the table when it ends. */
  private final class Listed implements ServerConnection, InterruptableTask<Void> {
    private final ServerConnection server;
    private final SocketAddress remote;
    private final ClientConnection client;

    Listed(ServerConnection server, SocketAddress remote, ClientConnection client) {
      this.server = server;
      this.remote = remote;
      this.client = client;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      try {
        server.handle(limit);
      } finally {
        table.remove(remote, client);
      }
    }

    @Override
    public Duration idleTime() {
      return server.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      server.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
      return server instanceof InterruptableTask<?> task && task.canInterrupt();
    }
  }

  /** The server's context, with a reader of bounded bytes. */
  private record BoundedContext(ConnectionContext context, DataReader dataReader)
      implements ConnectionContext {
    BoundedContext(ConnectionContext context, RequestBytes bytes) {
      this(context, DataReader.create(bytes));
    }

    @Override
    public ListenerContext listenerContext() {
      return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
      return context.executor();
    }

    @Override
    public DataWriter dataWriter() {
      return context.dataWriter();
    }

    @Override
    public Router router() {
      return context.router();
    }

    @Override
    public HelidonSocket serverSocket() {
      return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
      return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
      return context.localPeer();
    }

    @Override
    public boolean isSecure() {
      return context.isSecure();
    }

    @Override
    public String socketId() {
      return context.socketId();
    }

    @Override
    public String childSocketId() {
      return context.childSocketId();
    }
  }
}
