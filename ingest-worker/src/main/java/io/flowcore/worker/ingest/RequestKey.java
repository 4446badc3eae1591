package io.flowcore.worker.ingest;

/**
 * The {@code Idempotency-Key} of a request, with its scope. Two clients that choose the same text
 * do not affect each other.
 *
 * @param webhookKey {@code namespace/name} of the client's WebhookKey. Unlike the key itself, it
 *     stays the same when the key is rotated
 * @param text the value of the header
 */
public record RequestKey(String webhookKey, Endpoint endpoint, String text) {

  /**
   * The kind of URL of a request. The names are part of stored idempotency records. A file belongs
   * to {@link #FILE} also if it was sent to the batch URL.
   */
  public enum Endpoint {
    EVENT,
    BATCH,
    FILE
  }
}
