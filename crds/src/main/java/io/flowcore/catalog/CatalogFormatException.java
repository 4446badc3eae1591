package io.flowcore.catalog;

/** A catalog file that can't be used. The message says why and holds nothing secret. */
public final class CatalogFormatException extends Exception {
  private static final long serialVersionUID = 1;

  /** Makes an exception with a message for whoever operates the worker. */
  public CatalogFormatException(String message) {
    super(message);
  }
}
