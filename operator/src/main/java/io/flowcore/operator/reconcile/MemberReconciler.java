package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolver;
import io.flowcore.operator.status.ConditionState;
import io.flowcore.operator.status.Conditions;
import io.flowcore.operator.status.MemberState;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Gives a flow type, event type or key its status. Its data core's reconciler has judged it
 * together with its family; only where there is no data core is it judged here.
 */
abstract class MemberReconciler<R extends CustomResource<?, S>, S> implements Reconciler<R> {
  /** The caches of two controllers hear of a change at different instants. */
  private static final Duration CATCH_UP = Duration.ofSeconds(1);

  private final ReconcilerContext operation;
  private final InternalEventSource<R> triggers;
  private final Supplier<R> empty;

  MemberReconciler(ReconcilerContext operation, String name, Supplier<R> empty) {
    this.operation = operation;
    this.empty = empty;
    triggers = new InternalEventSource<>(name, () -> {}, created -> {}, deleted -> {});
  }

  /** What this reconciler shares with the others. */
  final ReconcilerContext operation() {
    return operation;
  }

  final Clock clock() {
    return operation.clock();
  }

  /** Calls for a reconciliation. */
  final void fire(ResourceId id) {
    triggers.fire(new ResourceID(id.name(), id.namespace()));
  }

  @Override
  public List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
    return List.of(triggers);
  }

  /** {@code metadata.name} of the data core that it belongs to, as far as that can be followed. */
  abstract Optional<String> dataCore(R resource, DataCoreGatherer families);

  /** A family of this resource alone, where it leads to no data core. */
  abstract DataCoreInputs orphan(R resource, DataCoreGatherer families);

  /** A status with the conditions of something that was not looked at yet. */
  abstract S pending(R resource, List<Condition> conditions);

  /** The conditions that a resource has. */
  abstract List<Condition> conditions(S status);

  /** Says of a resource that it is refused, if it is. */
  final void announce(R resource, MemberState view) {
    List<Condition> before =
        resource.getStatus() == null ? List.of() : conditions(resource.getStatus());
    operation.announcer().refused(resource, before, view.refusals());
  }

  /** The status that follows from a view; does what else is to be done for it. */
  abstract Update<S> update(R resource, MemberState view, Instant now);

  /**
   * A status.
   *
   * @param again when to look again
   */
  record Update<S>(S status, Optional<Instant> again) {}

  @Override
  public UpdateControl<R> reconcile(R resource, Context<R> context) {
    Instant now = clock().instant();
    Optional<DataCoreGatherer> families = operation.families();
    Optional<MemberState> view = families.flatMap(known -> view(resource, known));
    if (view.isEmpty()) {
      return later(resource, now).rescheduleAfter(CATCH_UP);
    }
    Update<S> update = update(resource, view.get(), now);
    UpdateControl<R> control = StatusPatch.of(resource, update.status(), empty);
    update
        .again()
        .ifPresent(
            again -> control.rescheduleAfter(Math.max(1, Duration.between(now, again).toMillis())));
    return control;
  }

  private Optional<MemberState> view(R resource, DataCoreGatherer families) {
    ResourceId id = ResourceId.of(resource);
    Optional<String> name = dataCore(resource, families);
    Optional<MemberState> view;
    if (name.isEmpty()) {
      view = judged(id, orphan(resource, families));
    } else if (families.dataCore(id.namespace(), name.get()).isPresent()) {
      view =
          operation
              .board()
              .view(new ResourceId(ResourceKind.DATA_CORE, id.namespace(), name.get()), id);
    } else {
      view = judged(id, families.of(id.namespace(), name.get()));
    }
    return view.filter(known ->
        known.generation()
            == Objects.requireNonNullElse(resource.getMetadata().getGeneration(), 0L));
  }

  private static Optional<MemberState> judged(ResourceId id, DataCoreInputs family) {
    Resolution resolution = Resolver.resolve(family, Optional::empty);
    Long generation = resolution.generations().get(id);
    ConditionState nowhere =
        ConditionState.no("NotAccepted", "there is no data core that could run it");
    return generation == null
        ? Optional.empty()
        : Optional.of(
            new MemberState(
                generation,
                resolution.verdicts().get(id),
                Optional.empty(),
                nowhere,
                nowhere,
                Optional.empty()));
  }

  private UpdateControl<R> later(R resource, Instant now) {
    if (resource.getStatus() != null) {
      return UpdateControl.noUpdate();
    }
    Long generation = resource.getMetadata().getGeneration();
    return StatusPatch.of(
        resource,
        pending(resource, Conditions.pending(generation == null ? 0 : generation, now)),
        empty);
  }
}
