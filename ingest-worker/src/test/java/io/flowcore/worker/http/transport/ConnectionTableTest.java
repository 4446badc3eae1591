package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
  private static final TransportLimits LIMITS =
      TransportLimits.withBodyTimeout(Duration.ofSeconds(30));

  private final List<Socket> clients = new ArrayList<>();
  private ServerSocket server;

  /** An accepted connection and the key under which it is listed. */
  private record Accepted(SocketAddress remote, ClientConnection connection) {
    boolean addTo(ConnectionTable table) {
      return table.add(remote, connection);
    }

    /** Reads a whole head, so that a request is in progress. */
    Accepted withRequestInProgress() {
      byte[] head = "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
      RequestBytes bytes = new RequestBytes(timeout -> null, LIMITS, head);
      var _ = bytes.get();
      connection.readWith(bytes);
      return this;
    }
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    server.close();
  }

  private Accepted accept(String from) throws IOException {
    clients.add(
        new Socket(server.getInetAddress(), server.getLocalPort(), InetAddress.getByName(from), 0));
    Socket socket = server.accept();
    return new Accepted(socket.getRemoteSocketAddress(), new ClientConnection(socket));
  }

  @Test
  void aNewConnectionReplacesTheOneThatHasBeenIdleLongest() throws IOException {
    ConnectionTable table = new ConnectionTable(2, 2);
    Accepted first = accept("127.0.0.1");
    Accepted second = accept("127.0.0.1");
    Accepted third = accept("127.0.0.1");

    assertThat(first.addTo(table)).isTrue();
    assertThat(second.addTo(table)).isTrue();
    assertThat(third.addTo(table)).isTrue();

    assertThat(first.connection().isClosed()).isTrue();
    assertThat(second.connection().isClosed()).isFalse();
    assertThat(table.size()).isEqualTo(2);
  }

  @Test
  void aRequestInProgressIsNeverCutOffForANewConnection() throws IOException {
    ConnectionTable table = new ConnectionTable(1, 1);
    Accepted busy = accept("127.0.0.1").withRequestInProgress();

    assertThat(busy.addTo(table)).isTrue();
    assertThat(accept("127.0.0.1").addTo(table)).isFalse();

    assertThat(busy.connection().isClosed()).isFalse();
  }

  @Test
  void oneAddressLeavesRoomForOthersAndReplacesItsOwnConnections() throws IOException {
    ConnectionTable table = new ConnectionTable(4, 2);
    Accepted other = accept("127.0.0.2");
    assertThat(other.addTo(table)).isTrue();
    List<Accepted> greedy = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      greedy.add(accept("127.0.0.1"));
      assertThat(greedy.getLast().addTo(table)).isTrue();
    }

    assertThat(greedy.stream().filter(one -> !one.connection().isClosed())).hasSize(2);
    assertThat(other.connection().isClosed()).isFalse();
    assertThat(table.size()).isEqualTo(3);
  }

  @Test
  void closedConnectionsTakeNoPlace() throws IOException {
    ConnectionTable table = new ConnectionTable(2, 2);
    Accepted gone = accept("127.0.0.1");
    assertThat(gone.addTo(table)).isTrue();
    Accepted busy = accept("127.0.0.1").withRequestInProgress();
    assertThat(busy.addTo(table)).isTrue();
    gone.connection().close();

    assertThat(accept("127.0.0.1").addTo(table)).isTrue();

    assertThat(table.find(gone.remote())).isEmpty();
    table.remove(busy.remote(), busy.connection());
    assertThat(table.size()).isEqualTo(1);
  }
}
