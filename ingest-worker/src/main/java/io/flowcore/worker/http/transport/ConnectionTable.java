package io.flowcore.worker.http.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open connections of a listener. When there are as many as may be, a new one takes the place
 * of one that has no request in progress, the longest idle first: clients that open connections and
 * send nothing, or never a whole head, cannot keep others out.
 */
final class ConnectionTable {
  private final int max;
  private final int maxPerAddress;
  private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
  private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  /** A connection. Its methods are called by any thread. */
  interface Entry {
    InetAddress address();

    /** Whether it may be closed without cutting off a request. */
    boolean isBetweenRequests();

    /** When its last request ended, or it was opened, by the monotonic clock. */
    long idleSinceNanos();

    /** Closes it at once. */
    void evict();
  }

  /**
   * Creates an empty table.
   *
   * @param max connections of all clients
   * @param maxPerAddress connections of one address, which may be a proxy for many clients
   */
  ConnectionTable(int max, int maxPerAddress) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
  }

  /** Adds a connection. Returns false if there is no place for it. */
  synchronized boolean add(Entry entry) {
    if (byAddress.getOrDefault(entry.address(), 0) >= maxPerAddress
        && !evict(oldestIdle(Optional.of(entry.address())))) {
      return false;
    }
    if (entries.size() >= max && !evict(oldestIdle(Optional.empty()))) {
      return false;
    }
    entries.add(entry);
    byAddress.merge(entry.address(), 1, Integer::sum);
    return true;
  }

  /** Removes a connection that is closed, or is being closed. */
  synchronized void remove(Entry entry) {
    if (entries.remove(entry)) {
      byAddress.computeIfPresent(
          entry.address(), (address, count) -> count == 1 ? null : count - 1);
    }
  }

  private Optional<Entry> oldestIdle(Optional<InetAddress> of) {
    long now = System.nanoTime();
    Entry oldest = null;
    long longest = -1;
    for (Entry entry : entries) {
      long idle = now - entry.idleSinceNanos();
      if (idle > longest
          && entry.isBetweenRequests()
          && (of.isEmpty() || of.get().equals(entry.address()))) {
        oldest = entry;
        longest = idle;
      }
    }
    return Optional.ofNullable(oldest);
  }

  private boolean evict(Optional<Entry> entry) {
    entry.ifPresent(one -> {
      remove(one);
      one.evict();
    });
    return entry.isPresent();
  }

  int size() {
    return entries.size();
  }
}
