package io.flowcore.catalog;

/** Thrown if a catalog file cannot be used. The message says why and contains no secret. */
public final class CatalogFormatException extends Exception {
  private static final long serialVersionUID = 1;

  /** Creates an exception with a message for the administrator. */
  public CatalogFormatException(String message) {
    super(message);
  }
}
