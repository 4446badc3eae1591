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
import io.flowcore.operator.plan.WebhookUrls;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolution.Entry;
import io.flowcore.operator.status.ConditionState;
import io.flowcore.operator.status.Conditions;
import io.flowcore.operator.status.DataCoreState;
import io.flowcore.operator.status.MemberState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Builds the states of the members of a data core. Pure. */
final class MemberStates {
  private MemberStates() {}

  /** Returns the states for a rejected data core. */
  static Map<ResourceId, MemberState> ofRejected(Resolution.Rejected rejected) {
    ConditionState notAccepted =
        ConditionState.no("NotAccepted", "the DataCore was rejected; see its conditions");
    return states(rejected, member -> notAccepted, notAccepted, Optional.empty());
  }

  /**
   * Returns the states for a running data core.
   *
   * @param loadedContents what all ready workers have loaded, by member
   */
  static Map<ResourceId, MemberState> ofRunning(
      DataCoreState state, Map<ResourceId, Object> loadedContents) {
    ConditionState loaded = ConditionState.yes("Programmed", "every ready worker has loaded it");
    ConditionState notLoaded = notLoaded(state.programmed());
    ConditionState ready =
        state.report().ready() > 0
            ? ConditionState.yes("Ready", "at least one worker serves it")
            : ConditionState.no(
                "WorkersNotReady", "no worker is ready; see the conditions of the DataCore");
    WebhookUrls webhookUrls =
        new WebhookUrls(
            state.url(), state.accepted().entry().tenant(), state.accepted().entry().name());
    return states(
        state.accepted(),
        member -> {
          Entry entry = state.accepted().entries().get(member);
          boolean isLoaded = entry != null && entry.content().equals(loadedContents.get(member));
          return isLoaded ? loaded : notLoaded;
        },
        ready,
        Optional.of(webhookUrls));
  }

  /** A member can be pending although the data core is programmed: its content was not compared. */
  private static ConditionState notLoaded(ConditionState dataCoreProgrammed) {
    return dataCoreProgrammed.holds()
        ? ConditionState.no("Pending", "waiting for the workers to load it")
        : dataCoreProgrammed;
  }

  /** Returns the content of each member as workers see it. */
  static Map<ResourceId, Object> contents(Resolution.Accepted accepted) {
    Map<ResourceId, Object> contents = new HashMap<>();
    accepted.entries().forEach((member, entry) -> contents.put(member, entry.content()));
    return Map.copyOf(contents);
  }

  /**
   * Returns what was loaded before this operator started, according to the statuses, for members
   * that have not changed since. Keys are left out, because they can change without their resource.
   */
  static Map<ResourceId, Object> loadedBeforeRestart(
      DataCoreInputs inputs, Resolution.Accepted accepted) {
    Map<ResourceId, Object> contents = new HashMap<>();
    DataCore dataCore = accepted.dataCore();
    boolean unchanged =
        dataCore.getStatus() != null
            && Objects.equals(
                dataCore.getStatus().observedGeneration(), dataCore.getMetadata().getGeneration());
    if (!unchanged) {
      return contents;
    }
    for (FlowType flowType : inputs.flowTypes()) {
      if (flowType.getStatus() != null) {
        putIfProgrammed(contents, flowType, flowType.getStatus().conditions(), accepted);
      }
    }
    for (EventType eventType : inputs.eventTypes()) {
      if (eventType.getStatus() != null) {
        putIfProgrammed(contents, eventType, eventType.getStatus().conditions(), accepted);
      }
    }
    return contents;
  }

  private static void putIfProgrammed(
      Map<ResourceId, Object> contents,
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
      accepted.entry(id).ifPresent(entry -> contents.put(id, entry.content()));
    }
  }

  private static Map<ResourceId, MemberState> states(
      Resolution resolution,
      Function<ResourceId, ConditionState> programmed,
      ConditionState ready,
      Optional<WebhookUrls> webhookUrls) {
    Map<ResourceId, MemberState> states = new HashMap<>();
    for (Map.Entry<ResourceId, List<ValidationFailure>> verdict :
        resolution.verdicts().entrySet()) {
      ResourceId id = verdict.getKey();
      Long generation = resolution.generations().get(id);
      if (generation != null && id.kind() != ResourceKind.DATA_CORE) {
        states.put(
            id,
            new MemberState(
                generation,
                verdict.getValue(),
                resolution.entry(id),
                programmed.apply(id),
                ready,
                webhookUrls));
      }
    }
    return states;
  }
}
