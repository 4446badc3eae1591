package io.flowcore.catalog;

/**
 * Why a resource is not part of the catalog.
 *
 * @param condition the condition that this turns to False
 * @param reason what went wrong, for machines
 * @param message what went wrong and what to do, naming the field; never holds a secret
 */
public record ValidationFailure(Condition condition, Reason reason, String message) {

  /** The condition of a resource's status that a refusal belongs to. */
  public enum Condition {
    /** The resource itself is wrong. */
    Accepted,
    /** The resource points at something that is missing or refused. */
    ResolvedRefs
  }

  /** The reasons, as they stand in a condition. */
  public enum Reason {
    /** A field has a value that can't be used. */
    Invalid(Condition.Accepted),
    /** An older resource has the same name. */
    NameConflict(Condition.Accepted),
    /** An older WebhookKey has the same key id. */
    KeyConflict(Condition.Accepted),
    /** The Secret that a key is to be written into is somebody else's. */
    SecretConflict(Condition.Accepted),
    /** The text in the Secret is no key. */
    InvalidKey(Condition.Accepted),
    /** The DataCore that is referred to does not exist. */
    DataCoreNotFound(Condition.ResolvedRefs),
    /** The DataCore that is referred to is itself refused. */
    DataCoreRefused(Condition.ResolvedRefs),
    /** The FlowType that is referred to does not exist. */
    FlowTypeNotFound(Condition.ResolvedRefs),
    /** The FlowType that is referred to is itself refused. */
    FlowTypeRefused(Condition.ResolvedRefs),
    /** The Secret, or the entry in it, does not exist. */
    SecretNotFound(Condition.ResolvedRefs);

    private final Condition condition;

    Reason(Condition condition) {
      this.condition = condition;
    }
  }

  /** A refusal under the condition of its reason. */
  public static ValidationFailure of(Reason reason, String message) {
    return new ValidationFailure(reason.condition, reason, message);
  }
}
