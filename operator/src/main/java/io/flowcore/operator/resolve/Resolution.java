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

/** What came of judging a data core and all that belongs to it. */
public sealed interface Resolution {
  /** Why each resource was refused; an empty list means accepted. */
  Map<ResourceId, List<ValidationFailure>> verdicts();

  /** The generation of each resource that was judged. */
  Map<ResourceId, Long> generations();

  /**
   * The data core can run.
   *
   * @param catalog what its workers are to have in force: this data core alone
   * @param ownsQueryPath whether {@code /api/v1} of its host leads to it
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

    /** The data core with its flow types and event types. */
    public DataCoreEntry entry() {
      return catalog.dataCores().getFirst();
    }
  }

  /**
   * The data core can't run, or does not exist. What ran before goes on.
   *
   * @param remains the catalog that its workers, if there are any, are to have in force
   */
  record Refused(
      Map<ResourceId, List<ValidationFailure>> verdicts,
      Map<ResourceId, Long> generations,
      Optional<Catalog> remains)
      implements Resolution {
    public Refused {
      verdicts = Map.copyOf(verdicts);
      generations = Map.copyOf(generations);
    }
  }

  /** What a resource became in the catalog. */
  sealed interface Entry {
    /** Equal if workers see the same of it. */
    Object content();
  }

  /** A flow type. */
  record FlowTypeIn(FlowTypeEntry flowType) implements Entry {
    @Override
    public Object content() {
      return List.of(flowType.id(), flowType.description());
    }
  }

  /** An event type and the flow type that it is in. */
  record EventTypeIn(FlowTypeEntry flowType, EventTypeEntry eventType) implements Entry {
    @Override
    public Object content() {
      return eventType;
    }
  }

  /**
   * A key.
   *
   * @param opens the event types in its scope, as {@code flowType/eventType}, sorted
   */
  record KeyIn(KeyEntry key, List<String> opens) implements Entry {
    @Override
    public Object content() {
      return key;
    }
  }

  /** What a resource became, if it was accepted. */
  default Optional<Entry> entry(ResourceId id) {
    return this instanceof Accepted accepted
        ? Optional.ofNullable(accepted.entries().get(id))
        : Optional.empty();
  }
}
