package io.flowcore.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that tests start as processes. None is given twice, and none lies where the
 * system takes the ports of outgoing connections from: a port that the system gave out and took
 * back may be somebody's by the time a server wants it.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;

  /** Linux begins with ports of outgoing connections at 32768, macOS at 49152. */
  private static final int COUNT = 22_000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** A port that nobody listens on. */
  public static int next() {
    for (int attempt = 0; attempt < COUNT; attempt++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("every port from " + FIRST + " on is in use");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
