package io.flowcore.operator.reconcile;

import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.status.MemberState;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What the reconciler of data cores has found out about their members. The reconcilers of flow
 * types, event types and keys read it, and are called when what concerns them changes.
 */
final class MemberStateStore {
  private final Map<ResourceId, Map<ResourceId, MemberState>> byDataCore =
      new ConcurrentHashMap<>();
  private final Consumer<ResourceId> changed;

  /** Tells which members changed. */
  MemberStateStore(Consumer<ResourceId> changed) {
    this.changed = changed;
  }

  /** Puts up what is true of a data core's members, all at once. */
  void publish(ResourceId dataCore, Map<ResourceId, MemberState> members) {
    tell(byDataCore.put(dataCore, Map.copyOf(members)), members);
  }

  /** Takes down what was said of a data core that is gone. */
  void remove(ResourceId dataCore) {
    tell(byDataCore.remove(dataCore), Map.of());
  }

  private void tell(Map<ResourceId, MemberState> before, Map<ResourceId, MemberState> now) {
    Map<ResourceId, MemberState> all = new TreeMap<>(now);
    if (before != null) {
      before.forEach(all::putIfAbsent);
    }
    for (ResourceId member : all.keySet()) {
      MemberState old = before == null ? null : before.get(member);
      if (old == null || !old.equals(now.get(member))) {
        changed.accept(member);
      }
    }
  }

  /** What is true of a member of a data core. */
  Optional<MemberState> view(ResourceId dataCore, ResourceId member) {
    return Optional.ofNullable(byDataCore.get(dataCore)).map(members -> members.get(member));
  }
}
