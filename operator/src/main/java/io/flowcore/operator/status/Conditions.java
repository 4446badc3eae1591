package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.flowcore.catalog.ValidationFailure;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The four conditions that every resource has. */
public final class Conditions {
  /** The resource itself is right. */
  public static final String ACCEPTED = "Accepted";

  /** What it points at is there. */
  public static final String RESOLVED_REFS = "ResolvedRefs";

  /** Every ready worker has it in force. */
  public static final String PROGRAMMED = "Programmed";

  /** It works. */
  public static final String READY = "Ready";

  /** The reason before anything is known. */
  public static final String PENDING = "Pending";

  private Conditions() {}

  /** Nothing is known yet. */
  public static List<Condition> pending(long generation, Instant now) {
    ConditionState pending = ConditionState.unknown(PENDING, "waiting to be looked at");
    return of(List.of(), generation, now, pending, pending, pending, pending);
  }

  /**
   * Writes the conditions of a resource that was judged.
   *
   * @param before the ones it has; the time of a condition whose status stays is kept
   * @param refusals why it was refused; empty means accepted
   * @param ready what holds if all the others do
   */
  public static List<Condition> of(
      List<Condition> before,
      long generation,
      Instant now,
      List<ValidationFailure> refusals,
      ConditionState programmed,
      ConditionState ready) {
    ConditionState accepted =
        standing(refusals, ValidationFailure.Condition.ACCEPTED, ACCEPTED, "the resource is right");
    ConditionState resolved =
        standing(
            refusals,
            ValidationFailure.Condition.RESOLVED_REFS,
            RESOLVED_REFS,
            "all references are resolved");
    ConditionState inForce =
        refusals.isEmpty()
            ? programmed
            : ConditionState.no("NotAccepted", "no worker has it in force, for it was refused");
    return of(
        before,
        generation,
        now,
        accepted,
        resolved,
        inForce,
        sum(accepted, resolved, inForce, ready));
  }

  private static ConditionState standing(
      List<ValidationFailure> refusals,
      ValidationFailure.Condition condition,
      String reason,
      String message) {
    List<ValidationFailure> own =
        refusals.stream().filter(refusal -> refusal.condition() == condition).toList();
    return own.isEmpty()
        ? ConditionState.yes(reason, message)
        : ConditionState.no(
            own.getFirst().reason().toString(),
            own.stream().map(ValidationFailure::message).collect(Collectors.joining("; ")));
  }

  private static ConditionState sum(
      ConditionState accepted,
      ConditionState resolved,
      ConditionState programmed,
      ConditionState ready) {
    for (ConditionState part : List.of(accepted, resolved, programmed)) {
      if (!part.holds()) {
        return new ConditionState(part.status(), part.reason(), part.message());
      }
    }
    return ready;
  }

  private static List<Condition> of(
      List<Condition> before,
      long generation,
      Instant now,
      ConditionState accepted,
      ConditionState resolved,
      ConditionState programmed,
      ConditionState ready) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(condition(before, ACCEPTED, generation, now, accepted));
    conditions.add(condition(before, RESOLVED_REFS, generation, now, resolved));
    conditions.add(condition(before, PROGRAMMED, generation, now, programmed));
    conditions.add(condition(before, READY, generation, now, ready));
    return conditions;
  }

  private static Condition condition(
      List<Condition> before, String type, long generation, Instant now, ConditionState standing) {
    String since =
        (before == null ? List.<Condition>of() : before)
            .stream()
                .filter(one -> Objects.equals(one.getType(), type))
                .filter(one -> Objects.equals(one.getStatus(), standing.status()))
                .map(Condition::getLastTransitionTime)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(type)
        .withStatus(standing.status())
        .withReason(standing.reason())
        .withMessage(standing.message())
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }
}
