package io.flowcore.operator.status;

import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.plan.WebhookUrls;
import io.flowcore.operator.resolve.Resolution.Entry;
import java.util.List;
import java.util.Optional;

/**
 * Everything that the status of a flow type, event type or webhook key is built from. Equal states
 * result in equal statuses.
 *
 * @param generation of the resource that was validated
 * @param failures why it was rejected; empty if it was accepted
 * @param entry its entry in the catalog, if it was accepted
 * @param programmed the state of {@code Programmed} if it was accepted
 * @param ready the state of {@code Ready} if all other conditions are true
 * @param webhookUrls the URLs of its webhooks, if its data core runs
 */
public record MemberState(
    long generation,
    List<ValidationFailure> failures,
    Optional<Entry> entry,
    ConditionState programmed,
    ConditionState ready,
    Optional<WebhookUrls> webhookUrls) {
  public MemberState {
    failures = List.copyOf(failures);
  }

  /** Returns this state with another {@code programmed}. */
  public MemberState withProgrammed(ConditionState newProgrammed) {
    return new MemberState(generation, failures, entry, newProgrammed, ready, webhookUrls);
  }

  /** Returns this state with another {@code ready}. */
  public MemberState withReady(ConditionState newReady) {
    return new MemberState(generation, failures, entry, programmed, newReady, webhookUrls);
  }

  /** Returns the state of a resource without catalog entry, rejected unless failures is empty. */
  public MemberState withoutEntry(List<ValidationFailure> newFailures) {
    return new MemberState(
        generation, newFailures, Optional.empty(), programmed, ready, webhookUrls);
  }
}
