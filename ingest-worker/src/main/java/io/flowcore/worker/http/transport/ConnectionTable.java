package io.flowcore.worker.http.transport;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The open connections of a listener. If there are as many as are allowed, a new one replaces one
 * that has no request in progress, the longest idle first. So clients that open connections and
 * send nothing, or never a whole head, cannot keep others out.
 */
final class ConnectionTable {
  private final int max;
  private final int maxPerAddress;
  private final Map<SocketAddress, ClientConnection> connections = new HashMap<>();
  private final Map<InetAddress, Integer> byAddress = new HashMap<>();
  private long lastAddedNanos = System.nanoTime();

  /**
   * Creates an empty table.
   *
   * @param max the maximum number of connections
   * @param maxPerAddress the maximum of one address, which may be a proxy of many clients
   */
  ConnectionTable(int max, int maxPerAddress) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
  }

  /** Adds a connection. Returns false if the table is full of requests in progress. */
  synchronized boolean add(SocketAddress remote, ClientConnection connection) {
    InetAddress address = connection.address();
    if (ofAddress(address) >= maxPerAddress || connections.size() >= max) {
      removeClosed();
    }
    if (ofAddress(address) >= maxPerAddress
        && !evictIdlest(other -> other.address().equals(address))) {
      return false;
    }
    if (connections.size() >= max && !evictIdlest(other -> true)) {
      return false;
    }
    lastAddedNanos = System.nanoTime();
    connections.put(remote, connection);
    byAddress.merge(address, 1, Integer::sum);
    return true;
  }

  /** Returns the connection of a remote address, if it is open. */
  synchronized Optional<ClientConnection> find(SocketAddress remote) {
    return Optional.ofNullable(connections.get(remote));
  }

  /** Removes a connection, unless another one has the same remote address by now. */
  synchronized void remove(SocketAddress remote, ClientConnection connection) {
    if (connections.remove(remote, connection)) {
      countDown(connection.address());
    }
  }

  synchronized int size() {
    return connections.size();
  }

  /** Returns the number of open connections that have no request in progress. */
  synchronized int idleConnections() {
    removeClosed();
    return (int) connections.values().stream().filter(ClientConnection::isBetweenRequests).count();
  }

  /**
   * Returns whether no connection was added for a time, and all have been without a request for
   * another time.
   */
  synchronized boolean isQuiet(long quietNanos, long idleNanos) {
    removeClosed();
    long now = System.nanoTime();
    return now - lastAddedNanos >= quietNanos
        && connections.values().stream()
            .allMatch(connection ->
                connection.isBetweenRequests() && now - connection.idleSinceNanos() >= idleNanos);
  }

  private int ofAddress(InetAddress address) {
    return byAddress.getOrDefault(address, 0);
  }

  private void countDown(InetAddress address) {
    byAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
  }

  /** The server closes a connection that never sent anything without telling anyone. */
  private void removeClosed() {
    Iterator<ClientConnection> each = connections.values().iterator();
    while (each.hasNext()) {
      ClientConnection connection = each.next();
      if (connection.isClosed()) {
        each.remove();
        countDown(connection.address());
      }
    }
  }

  private boolean evictIdlest(Predicate<ClientConnection> candidate) {
    long now = System.nanoTime();
    Map.Entry<SocketAddress, ClientConnection> idlest = null;
    long longest = -1;
    for (Map.Entry<SocketAddress, ClientConnection> entry : connections.entrySet()) {
      ClientConnection connection = entry.getValue();
      long idle = now - connection.idleSinceNanos();
      if (idle > longest && connection.isBetweenRequests() && candidate.test(connection)) {
        idlest = entry;
        longest = idle;
      }
    }
    if (idlest == null) {
      return false;
    }
    remove(idlest.getKey(), idlest.getValue());
    idlest.getValue().close();
    return true;
  }
}
