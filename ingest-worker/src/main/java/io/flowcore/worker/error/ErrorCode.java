package io.flowcore.worker.error;

/** The error codes of the HTTP contract, in the order of their status. */
public enum ErrorCode {
  invalid_json(400),
  payload_not_object(400),
  not_an_array(400),
  empty_batch(400),
  invalid_metadata(400),
  invalid_ttl(400),
  invalid_event_time(400),
  invalid_valid_time(400),
  invalid_encoding(400),
  schema_mismatch(400),
  missing_type(400),
  missing_file(400),
  invalid_multipart(400),
  invalid_parameter(400),
  bad_request(400),
  unauthenticated(401),
  forbidden(403),
  not_found(404),
  unknown_event_type(404),
  method_not_allowed(405),
  request_timeout(408),
  event_too_large(413),
  batch_too_large(413),
  request_too_large(413),
  file_too_large(413),
  unsupported_media_type(415),
  unsupported_encoding(415),
  idempotency_conflict(422),
  rate_limited(429),
  internal_error(500),
  damaged_event(500),
  store_unavailable(503),
  overloaded(503),
  http_version(505);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** The HTTP status that goes with this code. */
  public int status() {
    return status;
  }

  /**
   * Whether the same request may succeed a little later, so that the answer carries {@code
   * Retry-After}.
   */
  public boolean retryable() {
    return status == 429 || status == 503;
  }
}
