package io.flowcore.catalog;

/**
 * One reason why a resource is rejected.
 *
 * @param condition the condition of the resource's status that becomes False
 * @param reason the cause, for programs
 * @param message what is wrong and what to do, with the field's name; never contains a secret
 */
public record ValidationFailure(Condition condition, Reason reason, String message) {

  /** The condition of a resource's status that a failure belongs to. */
  public enum Condition {
    /** The resource itself is invalid. */
    ACCEPTED("Accepted"),
    /** The resource refers to another one that is missing or rejected. */
    RESOLVED_REFS("ResolvedRefs");

    private final String type;

    Condition(String type) {
      this.type = type;
    }

    /** Returns the type of the Kubernetes condition. */
    @Override
    public String toString() {
      return type;
    }
  }

  /** The causes of failures. */
  public enum Reason {
    /** A field has an invalid value. */
    INVALID("Invalid", Condition.ACCEPTED),
    /** Another resource already has the same name. */
    NAME_CONFLICT("NameConflict", Condition.ACCEPTED),
    /** Another WebhookKey already has the same key id. */
    KEY_CONFLICT("KeyConflict", Condition.ACCEPTED),
    /** The Secret that the operator would write the key to does not belong to the WebhookKey. */
    SECRET_CONFLICT("SecretConflict", Condition.ACCEPTED),
    /** The text in the Secret is not a valid key. */
    INVALID_KEY("InvalidKey", Condition.ACCEPTED),
    /** The referenced DataCore does not exist. */
    DATA_CORE_NOT_FOUND("DataCoreNotFound", Condition.RESOLVED_REFS),
    /** The referenced DataCore is rejected. */
    DATA_CORE_REJECTED("DataCoreRefused", Condition.RESOLVED_REFS),
    /** The referenced FlowType does not exist. */
    FLOW_TYPE_NOT_FOUND("FlowTypeNotFound", Condition.RESOLVED_REFS),
    /** The referenced FlowType is rejected. */
    FLOW_TYPE_REJECTED("FlowTypeRefused", Condition.RESOLVED_REFS),
    /** The Secret, or the entry in it, does not exist. */
    SECRET_NOT_FOUND("SecretNotFound", Condition.RESOLVED_REFS);

    private final String value;
    private final Condition condition;

    Reason(String value, Condition condition) {
      this.value = value;
      this.condition = condition;
    }

    /** Returns the reason of the Kubernetes condition. */
    @Override
    public String toString() {
      return value;
    }
  }

  /** Creates a failure with the condition that belongs to its reason. */
  public static ValidationFailure of(Reason reason, String message) {
    return new ValidationFailure(reason.condition, reason, message);
  }

  /** Returns the same failure with a text appended to its message. */
  ValidationFailure withNote(String note) {
    return new ValidationFailure(condition, reason, message + note);
  }
}
