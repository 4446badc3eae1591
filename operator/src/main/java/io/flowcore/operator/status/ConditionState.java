package io.flowcore.operator.status;

/**
 * What a condition says.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param reason for machines, CamelCase, documented in {@code docs/operator.md}
 * @param message for people; names the object and the way out
 */
public record ConditionState(String status, String reason, String message) {
  /** It holds. */
  public static ConditionState yes(String reason, String message) {
    return new ConditionState("True", reason, message);
  }

  /** It does not hold. */
  public static ConditionState no(String reason, String message) {
    return new ConditionState("False", reason, message);
  }

  /** Nobody can say. */
  public static ConditionState unknown(String reason, String message) {
    return new ConditionState("Unknown", reason, message);
  }

  /** Whether it holds. */
  public boolean holds() {
    return "True".equals(status);
  }
}
