package io.flowcore.worker.store;

/** A store that did not do what it was asked to do. */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1;

  /** What the caller should think of it. */
  public enum Kind {
    /** Too much is waiting to be written; a moment later it may work. */
    OVERLOADED,
    /** The store can't read or write. */
    UNAVAILABLE,
    /** A stored record is damaged. */
    CORRUPT
  }

  private final Kind kind;

  /** The message goes to clients: it holds no path and nothing secret. */
  public StoreException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** As above, with the cause for the log. */
  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the caller should think of it. */
  public Kind kind() {
    return kind;
  }
}
