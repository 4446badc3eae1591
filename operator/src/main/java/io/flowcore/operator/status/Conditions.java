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
  /** The resource itself is valid. */
  public static final String ACCEPTED = "Accepted";

  /** All referenced resources exist and are accepted. */
  public static final String RESOLVED_REFS = "ResolvedRefs";

  /** Every ready worker has loaded it. */
  public static final String PROGRAMMED = "Programmed";

  /** All other conditions are true and workers serve it. */
  public static final String READY = "Ready";

  /** The reason until the first reconciliation, or until workers have loaded a change. */
  public static final String PENDING = "Pending";

  private Conditions() {}

  /** Returns the conditions of a resource that was not reconciled yet. */
  public static List<Condition> notReconciled(long generation, Instant now) {
    ConditionState pending = ConditionState.unknown(PENDING, "not reconciled yet");
    return of(List.of(), generation, now, pending, pending, pending, pending);
  }

  /**
   * Returns the conditions of a resource that was validated.
   *
   * @param before its present conditions; a condition whose status stays keeps its transition time
   * @param failures why it was rejected; empty if it was accepted
   * @param ready the state of {@link #READY} if all other conditions are true
   */
  public static List<Condition> of(
      List<Condition> before,
      long generation,
      Instant now,
      List<ValidationFailure> failures,
      ConditionState programmed,
      ConditionState ready) {
    ConditionState accepted =
        validation(failures, ValidationFailure.Condition.ACCEPTED, ACCEPTED, "resource is valid");
    ConditionState resolved =
        validation(
            failures,
            ValidationFailure.Condition.RESOLVED_REFS,
            RESOLVED_REFS,
            "all references are resolved");
    ConditionState loaded =
        failures.isEmpty()
            ? programmed
            : ConditionState.no(
                "NotAccepted",
                "not loaded because the resource was rejected; see Accepted and ResolvedRefs");
    return of(
        before,
        generation,
        now,
        accepted,
        resolved,
        loaded,
        summary(accepted, resolved, loaded, ready));
  }

  private static ConditionState validation(
      List<ValidationFailure> failures,
      ValidationFailure.Condition condition,
      String reason,
      String message) {
    List<ValidationFailure> own =
        failures.stream().filter(failure -> failure.condition() == condition).toList();
    return own.isEmpty()
        ? ConditionState.yes(reason, message)
        : ConditionState.no(
            own.getFirst().reason().toString(),
            own.stream().map(ValidationFailure::message).collect(Collectors.joining("; ")));
  }

  private static ConditionState summary(
      ConditionState accepted,
      ConditionState resolved,
      ConditionState programmed,
      ConditionState ready) {
    for (ConditionState state : List.of(accepted, resolved, programmed)) {
      if (!state.holds()) {
        return state;
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
      List<Condition> before, String type, long generation, Instant now, ConditionState state) {
    String since =
        (before == null ? List.<Condition>of() : before)
            .stream()
                .filter(one -> Objects.equals(one.getType(), type))
                .filter(one -> Objects.equals(one.getStatus(), state.status()))
                .map(Condition::getLastTransitionTime)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(type)
        .withStatus(state.status())
        .withReason(state.reason())
        .withMessage(state.message())
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }
}
