package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy for an HTTP server on this machine that injects faults. Handles one request per
 * connection.
 */
public final class FaultyProxy implements AutoCloseable {
  /** A fault to inject. */
  public enum Fault {
    NONE,
    /** Accepts a request and never responds. */
    HANG,
    /** Closes the connection in the middle of the response. */
    CUT,
    ERROR_503,
    ERROR_403,
    /** Responds to writes with 200 and discards them. */
    LOSE_WRITES,
    /** Forwards the next write and closes the connection without a response; then no fault. */
    LOSE_FIRST_RESPONSE
  }

  private record Rejection(String status, Pattern requests) {}

  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *(\\d+)", Pattern.CASE_INSENSITIVE);

  private final int target;
  private final ServerSocket server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantLock writes = new ReentrantLock();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Rejection rejection = new Rejection("", Pattern.compile("nothing"));
  private final AtomicReference<Fault> fault = new AtomicReference<>(Fault.NONE);

  public FaultyProxy(int target) throws IOException {
    this.target = target;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    var _ = threads.submit(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  public void fault(Fault next) {
    fault.set(next);
  }

  /**
   * Responds with 403 to all later requests whose method and path match a pattern, for example
   * {@code "DELETE .*"}.
   */
  public void forbid(String pattern) {
    reject("403 Forbidden", pattern);
  }

  /** Responds with a status to all later requests whose method and path match a pattern. */
  public void reject(String status, String pattern) {
    rejection = new Rejection(status, Pattern.compile(pattern));
  }

  /** Returns the number of requests so far. */
  public int requests() {
    return requests.get();
  }

  private Object accept() throws IOException {
    while (!server.isClosed()) {
      Socket client = server.accept();
      var _ =
          threads.submit(() -> {
            try (client) {
              serve(client);
            }
            return null;
          });
    }
    return null;
  }

  private void serve(Socket client) throws IOException, InterruptedException {
    Optional<byte[]> request = readMessage(client);
    if (request.isEmpty()) {
      return;
    }
    requests.incrementAndGet();
    Rejection current = rejection;
    if (current.requests().matcher(methodAndPath(request.get())).matches()) {
      client.getOutputStream().write(response(current.status(), ""));
      return;
    }
    boolean write = isWrite(request.get());
    OutputStream out = client.getOutputStream();
    switch (fault.get()) {
      case HANG -> Thread.sleep(60_000);
      case ERROR_503 -> out.write(response("503 Service Unavailable", ""));
      case ERROR_403 -> out.write(response("403 Forbidden", ""));
      case LOSE_WRITES ->
          out.write(
              write
                  ? response("200 OK", "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n")
                  : forward(request.get()));
      case LOSE_FIRST_RESPONSE -> {
        byte[] response = forward(request.get());
        if (!write || !fault.compareAndSet(Fault.LOSE_FIRST_RESPONSE, Fault.NONE)) {
          out.write(response);
        }
      }
      case CUT -> {
        byte[] response = forward(request.get());
        out.write(response, 0, Math.min(10, response.length));
      }
      case NONE -> out.write(forward(request.get()));
    }
  }

  private static byte[] response(String status, String headers) {
    return ("HTTP/1.1 "
            + status
            + "\r\n"
            + headers
            + "Content-Length: 0\r\nConnection: close\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private byte[] forward(byte[] request) throws IOException {
    if (!isWrite(request)) {
      return exchange(request);
    }
    writes.lock();
    try {
      return exchange(request);
    } finally {
      writes.unlock();
    }
  }

  private static String methodAndPath(byte[] request) {
    String head = new String(request, ISO_8859_1);
    return head.substring(0, head.indexOf(" HTTP/"));
  }

  private static boolean isWrite(byte[] request) {
    return new String(request, 0, 4, ISO_8859_1).startsWith("PUT");
  }

  private byte[] exchange(byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), target)) {
      String head = new String(request, ISO_8859_1);
      int end = head.indexOf("\r\n\r\n");
      String closing =
          head.substring(0, end).replaceAll("(?i)\r\nconnection: [^\r]*", "")
              + "\r\nConnection: close"
              + head.substring(end);
      socket.getOutputStream().write(closing.getBytes(ISO_8859_1));
      return socket.getInputStream().readAllBytes();
    }
  }

  /** Reads the head and body of a request with a length. Sends "100 Continue" if expected. */
  private static Optional<byte[]> readMessage(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    while (!message.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return Optional.empty();
      }
      message.write(next);
    }
    String head = message.toString(ISO_8859_1);
    if (head.toLowerCase(Locale.ROOT).contains("expect: 100-continue")) {
      client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
      message.reset();
      message.writeBytes(head.replaceAll("(?i)expect: 100-continue\r\n", "").getBytes(ISO_8859_1));
    }
    Matcher length = LENGTH.matcher(head);
    if (length.find()) {
      message.writeBytes(in.readNBytes(Integer.parseInt(length.group(1))));
    }
    return Optional.of(message.toByteArray());
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
