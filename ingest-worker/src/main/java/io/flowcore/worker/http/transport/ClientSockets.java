package io.flowcore.worker.http.transport;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Accepts the connections of a listener, as long as there is a place for them, and sets their
 * options. The server gives a connection no access to its socket, and applies a read timeout only
 * to connections that it opens itself.
 *
 * <p>Nothing waits to be sent: a response of several pieces ends with a small one, which the kernel
 * would keep until the client confirms the one before. Clients take 40 ms for that.
 */
public final class ClientSockets implements SocketOptions {
  private final SocketOptions options = SocketOptions.builder().tcpNoDelay(true).build();
  private final Duration idleTimeout;
  private final ConnectionTable table;

  ClientSockets(Duration idleTimeout, ConnectionTable table) {
    this.idleTimeout = idleTimeout;
    this.table = table;
  }

  /** Called for each accepted connection. What this throws makes the server close it. */
  @Override
  public void configureSocket(SocketChannel channel) {
    options.configureSocket(channel);
    try {
      Socket socket = channel.socket();
      socket.setTcpNoDelay(true);
      // Until the first byte has arrived. RequestBytes sets its own timeouts.
      socket.setSoTimeout(Math.toIntExact(idleTimeout.toMillis()));
      if (!table.add(channel.getRemoteAddress(), new ClientConnection(socket))) {
        throw new IllegalStateException("too many connections with requests in progress");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Map<SocketOption<?>, Object> socketOptions() {
    return options.socketOptions();
  }

  @Override
  public Duration connectTimeout() {
    return options.connectTimeout();
  }

  @Override
  public Duration readTimeout() {
    return options.readTimeout();
  }

  @Override
  public Optional<Integer> socketReceiveBufferSize() {
    return options.socketReceiveBufferSize();
  }

  @Override
  public Optional<Integer> socketSendBufferSize() {
    return options.socketSendBufferSize();
  }

  @Override
  public boolean socketReuseAddress() {
    return options.socketReuseAddress();
  }

  @Override
  public boolean socketKeepAlive() {
    return options.socketKeepAlive();
  }

  @Override
  public boolean tcpNoDelay() {
    return options.tcpNoDelay();
  }
}
