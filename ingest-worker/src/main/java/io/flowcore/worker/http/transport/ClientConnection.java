package io.flowcore.worker.http.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/** An accepted connection. Its methods may be called by any thread. */
final class ClientConnection {
  private final Socket socket;
  private final long acceptedNanos = System.nanoTime();
  private volatile RequestBytes bytes = null;

  ClientConnection(Socket socket) {
    this.socket = socket;
  }

  Socket socket() {
    return socket;
  }

  InetAddress address() {
    return socket.getInetAddress();
  }

  /** Sets what reads the connection, when its first bytes have arrived. */
  void readWith(RequestBytes reader) {
    bytes = reader;
  }

  boolean isClosed() {
    return socket.isClosed();
  }

  /** Returns whether it can be closed without cutting off a request. */
  boolean isBetweenRequests() {
    RequestBytes reader = bytes;
    return reader == null || reader.isBetweenRequests();
  }

  /** Returns since when it has been waiting for a request, by the monotonic clock. */
  long idleSinceNanos() {
    RequestBytes reader = bytes;
    return reader == null ? acceptedNanos : reader.idleSinceNanos();
  }

  /** Closes it. Its thread ends with its next read. */
  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
