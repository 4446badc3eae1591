package io.flowcore.worker.store;

/** A store cannot read or write. */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1;

  /** How a caller should handle the failure. */
  public enum Kind {
    /** The write queue is full. Retry later. */
    OVERLOADED,
    /** The store cannot read or write. Retry later: it may recover by itself. */
    UNAVAILABLE,
    /** The store cannot be opened until an administrator changes its settings or its data. */
    UNUSABLE,
    /** A stored record is damaged. */
    CORRUPT
  }

  private final Kind kind;

  /** Creates an exception. The message is sent to clients: no paths and no secrets. */
  public StoreException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Creates an exception with a cause, which is only logged. */
  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Returns how a caller should handle the failure. */
  public Kind kind() {
    return kind;
  }
}
