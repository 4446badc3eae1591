package io.flowcore.worker.http;

import java.time.Duration;

/**
 * How a worker stops serving clients. First it still accepts connections and requests, and asks
 * each client with {@code Connection: close} not to send another one on the connection. Then it
 * rejects new requests and waits for those in progress.
 *
 * @param quiet the first phase ends when no client has connected for this time, and ...
 * @param idle ... every open connection has had no request for this time. A request that arrives
 *     just as its connection is closed is lost, which is unlikely for a client that is silent
 * @param maxAccepting maximum time of the first phase; zero skips it
 * @param timeout maximum time of both phases together
 */
public record DrainSettings(
    Duration quiet, Duration idle, Duration maxAccepting, Duration timeout) {
  /** Below the 60 s after which Kubernetes kills the pod; closing the store takes time as well. */
  private static final Duration TIMEOUT = Duration.ofSeconds(25);

  /**
   * For a worker of a cluster. Its pod has left the endpoints some seconds before, so that few
   * clients still connect, but proxies and clients keep connections open for a minute.
   */
  public static final DrainSettings CLUSTER =
      new DrainSettings(
          Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(10), TIMEOUT);

  /** For a worker without others that clients could use instead. */
  public static final DrainSettings SINGLE =
      new DrainSettings(Duration.ZERO, Duration.ZERO, Duration.ZERO, TIMEOUT);
}
