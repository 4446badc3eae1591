package io.flowcore.worker.http.transport;

import io.helidon.common.socket.SocketOptions;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Options of client sockets. Helidon applies a read timeout only to connections that it opens
 * itself, so this class sets it on accepted connections too; without it, a connection could stay
 * silent without limit.
 *
 * <p>{@code TCP_NODELAY} is set because a response in several pieces ends with a small one. The
 * kernel would hold that back until the client acknowledges the piece before, which clients delay
 * by 40 ms.
 */
public final class ClientSocketOptions implements SocketOptions {
  private final SocketOptions options;

  /** Creates options with a read timeout of at most {@link Integer#MAX_VALUE} milliseconds. */
  public ClientSocketOptions(Duration readTimeout) {
    options = SocketOptions.builder().readTimeout(readTimeout).tcpNoDelay(true).build();
  }

  @Override
  public void configureSocket(SocketChannel channel) {
    options.configureSocket(channel);
    try {
      channel.socket().setSoTimeout(Math.toIntExact(readTimeout().toMillis()));
      channel.socket().setTcpNoDelay(true);
    } catch (SocketException e) {
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
