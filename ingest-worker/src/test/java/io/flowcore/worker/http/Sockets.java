package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.WorkerClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/** Connections to a worker, for requests that an HTTP client would not send. */
final class Sockets {
  private static final int TIMEOUT_MILLIS = 20_000;

  private Sockets() {}

  /** Connects to a worker. A read waits up to 20 s. */
  static Socket connect(WorkerClient worker) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  /** Returns everything that the worker sends until it closes the connection. */
  static String readToEnd(Socket socket) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    InputStream in = socket.getInputStream();
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        bytes.write(buffer, 0, count);
      }
    } catch (SocketException e) {
      assertThat(bytes.size()).as("a response before the reset").isPositive();
    }
    return bytes.toString(ISO_8859_1);
  }
}
