package io.flowcore.worker.archive.store;

/** What was archived can't be read, or something can't be archived now. */
public final class ArchiveException extends Exception {
  private static final long serialVersionUID = 1;

  /** What the caller should think of it. */
  public enum Kind {
    /** The store is away, slow or refuses; later it may work. */
    UNAVAILABLE,
    /**
     * The store works, and answers with less than was committed. Later it may answer right; other
     * objects are not in question.
     */
    OUTDATED,
    /** An object that should be there is not. */
    MISSING,
    /** An object is not what was written. */
    CORRUPT
  }

  private final Kind kind;

  /** The message goes to clients: it holds nothing secret. */
  public ArchiveException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** As above, with the cause for the log. */
  public ArchiveException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the caller should think of it. */
  public Kind kind() {
    return kind;
  }
}
