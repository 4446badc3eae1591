package io.flowcore.operator.reconcile;

import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.status.MemberState;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The states of the members of data cores. The reconciler of data cores publishes them; the
 * reconcilers of flow types, event types and webhook keys read them, and run when they change.
 */
final class MemberStateStore {
  private final Map<ResourceId, Map<ResourceId, MemberState>> byDataCore =
      new ConcurrentHashMap<>();
  private final Consumer<ResourceId> changeListener;

  /** Creates a store that calls a listener for each member whose state changes. */
  MemberStateStore(Consumer<ResourceId> changeListener) {
    this.changeListener = changeListener;
  }

  /** Replaces the states of all members of a data core. */
  void publish(ResourceId dataCore, Map<ResourceId, MemberState> members) {
    Map<ResourceId, MemberState> before = byDataCore.put(dataCore, Map.copyOf(members));
    notifyChanges(before == null ? Map.of() : before, members);
  }

  /** Removes the states of a deleted data core's members. */
  void remove(ResourceId dataCore) {
    Map<ResourceId, MemberState> before = byDataCore.remove(dataCore);
    notifyChanges(before == null ? Map.of() : before, Map.of());
  }

  private void notifyChanges(
      Map<ResourceId, MemberState> before, Map<ResourceId, MemberState> now) {
    Map<ResourceId, MemberState> all = new TreeMap<>(now);
    before.forEach(all::putIfAbsent);
    for (ResourceId member : all.keySet()) {
      MemberState old = before.get(member);
      if (old == null || !old.equals(now.get(member))) {
        changeListener.accept(member);
      }
    }
  }

  /** Returns the state of a member of a data core, if it was published. */
  Optional<MemberState> find(ResourceId dataCore, ResourceId member) {
    return Optional.ofNullable(byDataCore.get(dataCore)).map(members -> members.get(member));
  }
}
