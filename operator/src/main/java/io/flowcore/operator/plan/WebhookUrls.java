package io.flowcore.operator.plan;

/**
 * The URLs of a data core's webhooks.
 *
 * @param baseUrl scheme, host and port, without a trailing slash
 * @param tenant name of the tenant
 * @param dataCore name of the data core
 */
public record WebhookUrls(String baseUrl, String tenant, String dataCore) {
  /** Returns the webhook that accepts one event. */
  public String event(String flowType, String eventType) {
    return url("event", flowType, eventType);
  }

  /** Returns the webhook that accepts an array of events. */
  public String events(String flowType, String eventType) {
    return url("events", flowType, eventType);
  }

  /** Returns the webhook that accepts a file. */
  public String file(String flowType, String eventType) {
    return url("file", flowType, eventType);
  }

  private String url(String endpoint, String flowType, String eventType) {
    return baseUrl + "/" + String.join("/", endpoint, tenant, dataCore, flowType, eventType);
  }
}
