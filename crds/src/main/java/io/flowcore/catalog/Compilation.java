package io.flowcore.catalog;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What came of a set of resources.
 *
 * @param catalog all that was accepted
 * @param verdicts for every DataCore, FlowType, EventType and WebhookKey the reasons why it was
 *     refused; an empty list means accepted
 * @param owners who got each name of those that may be given only once
 */
public record Compilation(
    Catalog catalog,
    SortedMap<ResourceId, List<ValidationFailure>> verdicts,
    Map<String, ResourceId> owners) {

  /** Whether a resource is part of the catalog. */
  public boolean accepted(ResourceId resource) {
    List<ValidationFailure> refusals = verdicts.get(resource);
    return refusals != null && refusals.isEmpty();
  }
}
