package io.flowcore.operator.status;

import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.resolve.Resolution.Entry;
import java.util.List;
import java.util.Optional;

/**
 * All that the status of a flow type, event type or webhook key is made from. Equal views give an
 * equal status.
 *
 * @param generation of the resource that was judged
 * @param entry what it became in the catalog, if it was accepted
 * @param webhooks where its webhooks are, if its data core runs
 */
public record MemberState(
    long generation,
    List<ValidationFailure> refusals,
    Optional<Entry> entry,
    ConditionState programmed,
    ConditionState ready,
    Optional<Webhooks> webhooks) {

  /** Where the webhooks of a data core are. */
  public record Webhooks(String url, String tenant, String dataCore) {
    /** The webhook of an event type: {@code event}, {@code events} or {@code file}. */
    public String of(String kind, String flowType, String eventType) {
      return url + "/" + String.join("/", kind, tenant, dataCore, flowType, eventType);
    }
  }
}
