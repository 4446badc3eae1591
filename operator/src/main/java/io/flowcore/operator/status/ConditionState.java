package io.flowcore.operator.status;

/**
 * Status, reason and message of a condition.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param reason for machines, CamelCase, documented in {@code docs/operator.md}
 * @param message for people; names the object, the cause and what to do next
 */
public record ConditionState(String status, String reason, String message) {
  /** Returns the state of a condition that is true. */
  public static ConditionState yes(String reason, String message) {
    return new ConditionState("True", reason, message);
  }

  /** Returns the state of a condition that is false. */
  public static ConditionState no(String reason, String message) {
    return new ConditionState("False", reason, message);
  }

  /** Returns the state of a condition that cannot be determined. */
  public static ConditionState unknown(String reason, String message) {
    return new ConditionState("Unknown", reason, message);
  }

  /** Returns whether the condition is true. */
  public boolean holds() {
    return "True".equals(status);
  }
}
