package io.flowcore.worker.error;

import java.util.List;

/**
 * A request that is rejected with an error response. This is an expected outcome, so the exception
 * has no stack trace.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final transient List<Detail> details;

  /**
   * What is wrong with one event of a batch.
   *
   * @param index position of the event in the batch, from 0
   * @param code the error of this event
   * @param message the error in words, with limit and value
   */
  public record Detail(int index, ErrorCode code, String message) {}

  /**
   * Creates an exception that rejects a whole request.
   *
   * @param code the error for programs
   * @param message the error in words, sent to the client: what is wrong, with limit and value, and
   *     what to do next. Must not contain secrets or paths
   */
  public ApiException(ErrorCode code, String message) {
    this(code, message, List.of());
  }

  /**
   * Creates an exception that rejects a batch because of single events in it.
   *
   * @param details the invalid events, at most 100
   */
  public ApiException(ErrorCode code, String message, List<Detail> details) {
    super(message, null, false, false);
    this.code = code;
    this.details = List.copyOf(details);
  }

  /** Returns the error for programs. */
  public ErrorCode code() {
    return code;
  }

  /** Returns the invalid events of a batch, at most 100; empty for other errors. */
  public List<Detail> details() {
    return details;
  }
}
