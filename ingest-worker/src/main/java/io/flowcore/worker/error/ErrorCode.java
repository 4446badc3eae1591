package io.flowcore.worker.error;

/** The error codes of the HTTP contract, ordered by status. */
public enum ErrorCode {
  INVALID_JSON("invalid_json", 400),
  PAYLOAD_NOT_OBJECT("payload_not_object", 400),
  NOT_AN_ARRAY("not_an_array", 400),
  EMPTY_BATCH("empty_batch", 400),
  INVALID_METADATA("invalid_metadata", 400),
  INVALID_TTL("invalid_ttl", 400),
  INVALID_EVENT_TIME("invalid_event_time", 400),
  INVALID_VALID_TIME("invalid_valid_time", 400),
  INVALID_ENCODING("invalid_encoding", 400),
  SCHEMA_MISMATCH("schema_mismatch", 400),
  MISSING_TYPE("missing_type", 400),
  MISSING_FILE("missing_file", 400),
  INVALID_MULTIPART("invalid_multipart", 400),
  INVALID_PARAMETER("invalid_parameter", 400),
  BAD_REQUEST("bad_request", 400),
  UNAUTHENTICATED("unauthenticated", 401),
  FORBIDDEN("forbidden", 403),
  NOT_FOUND("not_found", 404),
  UNKNOWN_EVENT_TYPE("unknown_event_type", 404),
  METHOD_NOT_ALLOWED("method_not_allowed", 405),
  REQUEST_TIMEOUT("request_timeout", 408),
  EVENT_TOO_LARGE("event_too_large", 413),
  BATCH_TOO_LARGE("batch_too_large", 413),
  REQUEST_TOO_LARGE("request_too_large", 413),
  FILE_TOO_LARGE("file_too_large", 413),
  UNSUPPORTED_MEDIA_TYPE("unsupported_media_type", 415),
  UNSUPPORTED_ENCODING("unsupported_encoding", 415),
  IDEMPOTENCY_CONFLICT("idempotency_conflict", 422),
  RATE_LIMITED("rate_limited", 429),
  INTERNAL_ERROR("internal_error", 500),
  DAMAGED_EVENT("damaged_event", 500),
  STORE_UNAVAILABLE("store_unavailable", 503),
  OVERLOADED("overloaded", 503),
  HTTP_VERSION("http_version", 505);

  private final String wireName;
  private final int status;

  ErrorCode(String wireName, int status) {
    this.wireName = wireName;
    this.status = status;
  }

  /** Returns the code as clients see it, for example {@code invalid_json}. It never changes. */
  public String wireName() {
    return wireName;
  }

  /** Returns the HTTP status of a response with this code. */
  public int status() {
    return status;
  }

  /**
   * Returns whether the same request may succeed if it is sent again later. Such a response has a
   * {@code Retry-After} header.
   */
  public boolean retryable() {
    return status == 429 || status == 503;
  }
}
