package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Responds with status 505 to clients that use an HTTP version other than 1.1. Helidon itself would
 * close the connection without a response, which is hard to diagnose: many proxies use HTTP/1.0 by
 * default.
 */
public final class HttpVersionGuard implements ServerConnectionSelector {
  private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ \\S+ HTTP/[0-9.]{1,9}\r");

  private final byte[] response;

  /**
   * Creates a guard.
   *
   * @param errorBody the JSON body of the response
   */
  public HttpVersionGuard(byte[] errorBody) {
    byte[] head =
        ("HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: "
                + errorBody.length
                + "\r\n\r\n")
            .getBytes(US_ASCII);
    response = new byte[head.length + errorBody.length];
    System.arraycopy(head, 0, response, 0, head.length);
    System.arraycopy(errorBody, 0, response, head.length, errorBody.length);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return 0;
  }

  @Override
  public Support supports(BufferData data) {
    int end = data.indexOf((byte) '\n');
    if (end < 0) {
      return Support.UNSUPPORTED;
    }
    String line = data.readString(end, US_ASCII);
    boolean otherVersion = REQUEST_LINE.matcher(line).matches() && !line.endsWith(" HTTP/1.1\r");
    return otherVersion ? Support.SUPPORTED : Support.UNSUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return Set.of();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new RejectingConnection(context, response);
  }

  private record RejectingConnection(ConnectionContext context, byte[] response)
      implements ServerConnection {
    @Override
    public void handle(Limit limit) {
      context.dataWriter().writeNow(BufferData.create(response));
      throw new CloseConnectionException("HTTP/1.1 is required");
    }

    @Override
    public Duration idleTime() {
      return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {}
  }
}
