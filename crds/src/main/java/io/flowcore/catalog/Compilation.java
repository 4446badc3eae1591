package io.flowcore.catalog;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The result of compiling a set of resources.
 *
 * @param catalog everything that was accepted
 * @param verdicts for each DataCore, FlowType, EventType and WebhookKey its validation failures; an
 *     empty list means accepted
 * @param owners the resource that owns each unique name
 */
public record Compilation(
    Catalog catalog,
    SortedMap<ResourceId, List<ValidationFailure>> verdicts,
    Map<String, ResourceId> owners)
    implements LastKnownGood.Validation {

  /** Returns whether a resource is part of the catalog. */
  public boolean isAccepted(ResourceId resource) {
    List<ValidationFailure> failures = verdicts.get(resource);
    return failures != null && failures.isEmpty();
  }
}
