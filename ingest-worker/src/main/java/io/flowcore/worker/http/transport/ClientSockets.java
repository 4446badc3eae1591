package io.flowcore.worker.http.transport;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sockets of accepted connections, and their options. The server gives a connection no access
 * to its socket, and applies a read timeout only to connections that it opens itself.
 *
 * <p>Nothing waits to be sent: a response of several pieces ends with a small one, which the kernel
 * would keep until the client confirms the one before. Clients take 40 ms for that.
 */
public final class ClientSockets implements SocketOptions {
  private final SocketOptions options = SocketOptions.builder().tcpNoDelay(true).build();
  private final Map<SocketAddress, Socket> accepted = new ConcurrentHashMap<>();

  @Override
  public void configureSocket(SocketChannel channel) {
    options.configureSocket(channel);
    try {
      Socket socket = channel.socket();
      socket.setTcpNoDelay(true);
      accepted.put(channel.getRemoteAddress(), socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the socket of an accepted connection, once.
   *
   * @throws IllegalStateException if it was not accepted with these options
   */
  Socket accepted(SocketAddress remote) {
    Socket socket = accepted.remove(remote);
    if (socket == null) {
      throw new IllegalStateException("there is no accepted connection of " + remote);
    }
    return socket;
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
