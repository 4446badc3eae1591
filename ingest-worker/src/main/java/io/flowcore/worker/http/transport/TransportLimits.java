package io.flowcore.worker.http.transport;

import java.time.Duration;

/**
 * What a client may use of a connection before it has shown a key.
 *
 * @param maxHeadBytes bytes of a request line and its headers together
 * @param headTimeout from the first byte of a request to the end of its headers
 * @param idleTimeout without a request. Longer than that of the usual proxies, 60 s, since a proxy
 *     that sends a request on a connection that is just being closed reports an error
 * @param bodyTimeout without a byte in the middle of a body
 * @param minBodyRate bytes per second that a body must reach on average, counted while the worker
 *     waits for the client
 * @param bodyGrace time of waiting before the rate is checked
 */
public record TransportLimits(
    int maxHeadBytes,
    Duration headTimeout,
    Duration idleTimeout,
    Duration bodyTimeout,
    int minBodyRate,
    Duration bodyGrace) {

  /** 22 KiB of metadata in Base64, a URL with 100 event type ids, a key, and what proxies add. */
  public static final int MAX_HEAD_BYTES = 32 << 10;

  /** Slower than any modem that is still in use. */
  private static final int MIN_BODY_RATE = 1 << 10;

  private static final Duration MAX_HEAD_TIMEOUT = Duration.ofSeconds(10);

  /** Returns the defaults with a timeout for bodies, which bounds that for heads too. */
  public static TransportLimits withBodyTimeout(Duration bodyTimeout) {
    return new TransportLimits(
        MAX_HEAD_BYTES,
        bodyTimeout.compareTo(MAX_HEAD_TIMEOUT) < 0 ? bodyTimeout : MAX_HEAD_TIMEOUT,
        Duration.ofSeconds(75),
        bodyTimeout,
        MIN_BODY_RATE,
        Duration.ofSeconds(10));
  }
}
