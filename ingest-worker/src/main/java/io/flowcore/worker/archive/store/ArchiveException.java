package io.flowcore.worker.archive.store;

/** Archived events cannot be read, or events cannot be archived for now. */
public final class ArchiveException extends Exception {
  private static final long serialVersionUID = 1;

  /** How a caller should handle the failure. */
  public enum Kind {
    /** The store is unreachable or slow, or fails. Other objects are probably affected too. */
    UNAVAILABLE,
    /** The store rejects requests for this object. Other objects may be accessible. */
    REJECTED,
    /**
     * The store responds with less than was committed. A later response may be complete. Other
     * objects are not affected.
     */
    OUTDATED,
    /** An object that a manifest lists is missing. */
    MISSING,
    /** An object differs from what was written. */
    CORRUPT
  }

  private final Kind kind;

  /** Creates an exception. The message is sent to clients: it must not contain secrets. */
  public ArchiveException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Creates an exception with a cause, which is only logged. */
  public ArchiveException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Creates an exception for an object that a manifest lists and that does not exist. */
  public static ArchiveException missing(String key) {
    return new ArchiveException(Kind.MISSING, missingText(key));
  }

  /** Creates an exception for an object that a manifest lists and that does not exist. */
  public static ArchiveException missing(String key, Throwable cause) {
    return new ArchiveException(Kind.MISSING, missingText(key), cause);
  }

  private static String missingText(String key) {
    return "the archive has no object " + key;
  }

  /**
   * Creates an exception for an object that is shorter than a manifest says.
   *
   * @param end of the range that was read, in bytes
   */
  public static ArchiveException truncated(String key, long end) {
    return new ArchiveException(
        Kind.CORRUPT, "the archive object " + key + " ends before byte " + end);
  }

  /** Returns how a caller should handle the failure. */
  public Kind kind() {
    return kind;
  }
}
