package io.flowcore.api.v1alpha1;

/** Regular expressions that the CRD schemas and the catalog compiler share. All are anchored. */
public final class Patterns {
  /** Lowercase letters, digits, {@code . _ -}; begins and ends with a letter or digit. */
  public static final String NAME = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$";

  /** The name of a Kubernetes object (RFC 1123 subdomain). */
  public static final String OBJECT_NAME = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";

  /**
   * {@code 5d}, {@code 12h}, {@code 30m}, {@code 45s}, or a compound in this order: {@code 1d12h}.
   */
  public static final String DURATION =
      "^([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$";

  /** A positive size in bytes, with an optional binary or decimal suffix. */
  public static final String SIZE = "^[1-9][0-9]{0,11}(k|M|G|T|Ki|Mi|Gi|Ti)?$";

  /** A Kubernetes quantity of CPU or memory. */
  public static final String QUANTITY = "^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$";

  /** A host name. */
  public static final String HOST =
      "^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$";

  /**
   * Maximum length of the name of a tenant or a data core. Leaves space for suffixes in the names
   * of Kubernetes objects.
   */
  public static final int MAX_SHORT_NAME = 50;

  /** Maximum length of the name of a flow type or an event type. */
  public static final int MAX_NAME = 120;

  private Patterns() {}
}
