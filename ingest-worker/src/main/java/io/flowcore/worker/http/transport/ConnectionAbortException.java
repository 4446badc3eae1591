package io.flowcore.worker.http.transport;

import io.helidon.webserver.CloseConnectionException;

/** Closes a connection that cannot be used for another request or response. */
public final class ConnectionAbortException extends CloseConnectionException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with the reason for the log. */
  public ConnectionAbortException(Throwable cause) {
    super("the connection cannot be used for another request", cause);
  }
}
