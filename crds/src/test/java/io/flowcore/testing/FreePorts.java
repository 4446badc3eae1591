package io.flowcore.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Finds ports for servers that tests start as processes. Returns each port at most once, and only
 * ports outside the range of outgoing connections: a free port in that range can be in use again
 * before the server binds it.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;

  /** Ports of outgoing connections start at 32768 on Linux and at 49152 on macOS. */
  private static final int COUNT = 22_000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** Returns a port that no process listens on. */
  public static int next() {
    for (int attempt = 0; attempt < COUNT; attempt++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException(
        "all ports from " + FIRST + " to " + (FIRST + COUNT - 1) + " are in use");
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
