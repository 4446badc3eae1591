package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The result of resolving a data core with its members. */
public sealed interface Resolution {
  /** Returns the validation failures of each resource; an empty list means accepted. */
  Map<ResourceId, List<ValidationFailure>> verdicts();

  /** Returns the generation of each validated resource. */
  Map<ResourceId, Long> generations();

  /**
   * The data core is accepted.
   *
   * @param catalog the catalog that its workers load; contains this data core alone
   * @param ownsQueryPath whether {@code /api/v1} of its host routes to it
   * @param entries the catalog entry of each accepted member
   */
  record Accepted(
      DataCore dataCore,
      Catalog catalog,
      boolean ownsQueryPath,
      Map<ResourceId, Entry> entries,
      Map<ResourceId, List<ValidationFailure>> verdicts,
      Map<ResourceId, Long> generations)
      implements Resolution {
    public Accepted {
      entries = Map.copyOf(entries);
      verdicts = Map.copyOf(verdicts);
      generations = Map.copyOf(generations);
    }

    /** Returns the data core with its flow types and event types. */
    public DataCoreEntry entry() {
      return catalog.dataCores().getFirst();
    }
  }

  /**
   * The data core is rejected or does not exist. Its workers keep running as they are.
   *
   * @param lastGood the catalog that its workers load, if it ran before
   */
  record Rejected(
      Map<ResourceId, List<ValidationFailure>> verdicts,
      Map<ResourceId, Long> generations,
      Optional<Catalog> lastGood)
      implements Resolution {
    public Rejected {
      verdicts = Map.copyOf(verdicts);
      generations = Map.copyOf(generations);
    }
  }

  /** The catalog entry of an accepted resource. */
  sealed interface Entry {
    /** Returns what workers see of the resource; equal if nothing changes for them. */
    Object content();
  }

  /** A flow type. */
  record ResolvedFlowType(FlowTypeEntry flowType) implements Entry {
    @Override
    public Object content() {
      return List.of(flowType.id(), flowType.description());
    }
  }

  /** An event type and its flow type. */
  record ResolvedEventType(FlowTypeEntry flowType, EventTypeEntry eventType) implements Entry {
    @Override
    public Object content() {
      return eventType;
    }
  }

  /**
   * A key.
   *
   * @param eventTypes the event types in its scope, as {@code flowType/eventType}, sorted
   */
  record ResolvedKey(KeyEntry key, List<String> eventTypes) implements Entry {
    @Override
    public Object content() {
      return key;
    }
  }

  /** Returns the entry of a resource, if it was accepted. */
  default Optional<Entry> entry(ResourceId id) {
    return this instanceof Accepted accepted
        ? Optional.ofNullable(accepted.entries().get(id))
        : Optional.empty();
  }
}
