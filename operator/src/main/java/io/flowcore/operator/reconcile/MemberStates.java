package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolution.Entry;
import io.flowcore.operator.status.ConditionState;
import io.flowcore.operator.status.Conditions;
import io.flowcore.operator.status.DataCoreStatuses.Running;
import io.flowcore.operator.status.MemberState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What is true of the members of a data core. Pure. */
final class MemberStates {
  private MemberStates() {}

  /** Of a data core that does not run. */
  static Map<ResourceId, MemberState> of(Resolution.Rejected refused) {
    ConditionState standing =
        ConditionState.no("NotAccepted", "the data core was refused; see its status");
    return views(refused, member -> standing, standing, Optional.empty());
  }

  /**
   * Of a data core that runs.
   *
   * @param confirmed the content of what workers were seen to have in force
   */
  static Map<ResourceId, MemberState> of(Running running, Map<ResourceId, Object> confirmed) {
    ConditionState waits = running.programmed();
    ConditionState inForce = ConditionState.yes("Programmed", "every ready worker has it in force");
    ConditionState ready =
        running.report().ready() > 0
            ? ConditionState.yes("Ready", "at least one worker serves it")
            : ConditionState.no("WorkersNotReady", "no worker is ready");
    MemberState.Webhooks webhooks =
        new MemberState.Webhooks(
            running.url(), running.accepted().entry().tenant(), running.accepted().entry().name());
    return views(
        running.accepted(),
        member -> {
          Entry entry = running.accepted().entries().get(member);
          boolean seen = entry != null && entry.content().equals(confirmed.get(member));
          return seen ? inForce : notYet(waits);
        },
        ready,
        Optional.of(webhooks));
  }

  /** The whole may be in force already while this member is not part of what was confirmed. */
  private static ConditionState notYet(ConditionState whole) {
    return whole.holds() ? ConditionState.no("Pending", "waiting for the workers") : whole;
  }

  /** What each member is to the workers. */
  static Map<ResourceId, Object> contents(Resolution.Accepted accepted) {
    Map<ResourceId, Object> contents = new HashMap<>();
    accepted.entries().forEach((member, entry) -> contents.put(member, entry.content()));
    return Map.copyOf(contents);
  }

  /**
   * What statuses said to be in force before this operator started, so far as nothing has changed
   * since. Not for keys, which can change without their resource.
   */
  static Map<ResourceId, Object> saidBefore(DataCoreInputs family, Resolution.Accepted accepted) {
    Map<ResourceId, Object> said = new HashMap<>();
    DataCore core = accepted.dataCore();
    boolean coreUnchanged =
        core.getStatus() != null
            && Objects.equals(
                core.getStatus().observedGeneration(), core.getMetadata().getGeneration());
    if (!coreUnchanged) {
      return said;
    }
    for (FlowType flow : family.flowTypes()) {
      if (flow.getStatus() != null) {
        say(said, flow, flow.getStatus().conditions(), accepted);
      }
    }
    for (EventType type : family.eventTypes()) {
      if (type.getStatus() != null) {
        say(said, type, type.getStatus().conditions(), accepted);
      }
    }
    return said;
  }

  private static void say(
      Map<ResourceId, Object> said,
      HasMetadata resource,
      List<Condition> conditions,
      Resolution.Accepted accepted) {
    ResourceId id = ResourceId.of(resource);
    boolean programmed =
        conditions != null
            && conditions.stream()
                .anyMatch(condition ->
                    condition.getType().equals(Conditions.PROGRAMMED)
                        && condition.getStatus().equals("True")
                        && Objects.equals(
                            condition.getObservedGeneration(),
                            resource.getMetadata().getGeneration()));
    if (programmed) {
      accepted.entry(id).ifPresent(entry -> said.put(id, entry.content()));
    }
  }

  private interface Programmed {
    ConditionState of(ResourceId member);
  }

  private static Map<ResourceId, MemberState> views(
      Resolution resolution,
      Programmed programmed,
      ConditionState ready,
      Optional<MemberState.Webhooks> webhooks) {
    Map<ResourceId, MemberState> views = new HashMap<>();
    for (Map.Entry<ResourceId, List<ValidationFailure>> verdict :
        resolution.verdicts().entrySet()) {
      ResourceId id = verdict.getKey();
      Long generation = resolution.generations().get(id);
      if (generation != null && id.kind() != ResourceKind.DATA_CORE) {
        views.put(
            id,
            new MemberState(
                generation,
                verdict.getValue(),
                resolution.entry(id),
                programmed.of(id),
                ready,
                webhooks));
      }
    }
    return views;
  }
}
