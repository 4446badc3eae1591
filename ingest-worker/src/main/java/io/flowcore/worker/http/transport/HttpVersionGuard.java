package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.Responses;
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
 * Tells clients that speak another version of HTTP which one is required. The server itself would
 * close their connection without a word; proxies whose default is HTTP/1.0 are many.
 */
public final class HttpVersionGuard implements ServerConnectionSelector {
  private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ \\S+ HTTP/[0-9.]{1,9}\r");

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
    boolean other = REQUEST_LINE.matcher(line).matches() && !line.endsWith(" HTTP/1.1\r");
    return other ? Support.SUPPORTED : Support.UNSUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return Set.of();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new Refusal(context);
  }

  private record Refusal(ConnectionContext context) implements ServerConnection {
    @Override
    public void handle(Limit limit) {
      byte[] body =
          Responses.error(new ApiException(ErrorCode.HTTP_VERSION, "HTTP/1.1 is required"));
      String head =
          "HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\n"
              + "Content-Type: application/json\r\nContent-Length: "
              + body.length
              + "\r\n\r\n";
      context.dataWriter().writeNow(BufferData.create(head.getBytes(US_ASCII)));
      context.dataWriter().writeNow(BufferData.create(body));
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
