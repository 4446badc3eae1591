package io.flowcore.operator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** Messages of errors that the API server returns. */
public final class ApiServerErrors {
  private ApiServerErrors() {}

  /**
   * Returns the message of the API server, or the exception's class and HTTP status if there is
   * none. It names objects and fields, and never contains values of Secrets.
   */
  public static String message(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : e.getClass().getSimpleName() + " with code " + e.getCode();
  }
}
