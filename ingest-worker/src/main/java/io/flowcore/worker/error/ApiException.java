package io.flowcore.worker.error;

import java.util.List;

/** A request that gets an error answer. An expected outcome, so it carries no stack trace. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final transient List<Detail> details;

  /**
   * What is wrong with one event of a batch.
   *
   * @param index its place in the batch, from 0
   */
  public record Detail(int index, ErrorCode code, String message) {}

  /**
   * A refusal as a whole. The message goes to the sender: it names limit and value, and nothing
   * secret.
   */
  public ApiException(ErrorCode code, String message) {
    this(code, message, List.of());
  }

  /** A refusal of a batch for single events in it. */
  public ApiException(ErrorCode code, String message, List<Detail> details) {
    super(message, null, false, false);
    this.code = code;
    this.details = List.copyOf(details);
  }

  /** What went wrong, for machines. */
  public ErrorCode code() {
    return code;
  }

  /** The bad events of a batch, at most 100. */
  public List<Detail> details() {
    return details;
  }
}
