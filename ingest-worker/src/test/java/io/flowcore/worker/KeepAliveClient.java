package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;

/**
 * One connection that sends one event after the other, as a client with a connection pool does. It
 * repeats nothing.
 */
final class KeepAliveClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  KeepAliveClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** A response; {@code close} if the worker said that it closes the connection. */
  record Response(int status, boolean close, String head, String body) {}

  Response post(String json) throws IOException {
    start(json.length());
    return finish(json);
  }

  /** Sends the head of a request. */
  void start(int bodyLength) throws IOException {
    send(
        "POST /event"
            + TestWorker.PLACED
            + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
            + TestWorker.KEY
            + "\r\nContent-Length: "
            + bodyLength
            + "\r\n\r\n");
  }

  /** Sends the body of a request and reads the response. */
  Response finish(String body) throws IOException {
    send(body);
    String head = readHead();
    String lower = head.toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length:") + "content-length:".length();
    int length = Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)).strip());
    String text = new String(in.readNBytes(length), US_ASCII);
    return new Response(
        Integer.parseInt(head.substring(9, 12)), lower.contains("connection: close"), head, text);
  }

  /** Returns whether the worker has closed the connection; waits for it. */
  boolean isAtEnd() throws IOException {
    return in.read() < 0;
  }

  private void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private String readHead() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the connection ended after \"" + head.toString(US_ASCII) + "\"");
      }
      head.write(next);
    }
    return head.toString(US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
