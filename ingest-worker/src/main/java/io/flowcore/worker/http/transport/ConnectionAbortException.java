package io.flowcore.worker.http.transport;

import io.helidon.webserver.CloseConnectionException;

/** Ends a connection on which no proper answer can be given any more. */
public final class ConnectionAbortException extends CloseConnectionException {
  private static final long serialVersionUID = 1;

  public ConnectionAbortException(Throwable cause) {
    super("the connection can't be used any further", cause);
  }
}
