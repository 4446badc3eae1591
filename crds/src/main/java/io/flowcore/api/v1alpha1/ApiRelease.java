package io.flowcore.api.v1alpha1;

/** The release of the CRDs and the programs. */
public final class ApiRelease {
  /** Version of this release. */
  public static final String VERSION = "0.1.0";

  /** Annotation of each CRD with the release that it belongs to. */
  public static final String ANNOTATION = "flowcore.io/release";

  private ApiRelease() {}
}
