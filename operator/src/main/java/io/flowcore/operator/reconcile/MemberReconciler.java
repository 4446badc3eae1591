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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes the status of a flow type, event type or webhook key. The reconciler of its data core
 * resolves it and publishes its state; only without a data core it is resolved here.
 */
abstract class MemberReconciler<R extends CustomResource<?, S>, S> implements Reconciler<R> {
  /** The caches of two controllers receive the same change at different times. */
  private static final Duration CACHE_DELAY = Duration.ofSeconds(1);

  private final ReconcilerContext reconcilerContext;
  private final InternalEventSource<R> internalEvents;
  private final Supplier<R> emptyResource;

  MemberReconciler(
      ReconcilerContext reconcilerContext, String eventSourceName, Supplier<R> emptyResource) {
    this.reconcilerContext = reconcilerContext;
    this.emptyResource = emptyResource;
    internalEvents =
        new InternalEventSource<>(eventSourceName, () -> {}, changed -> {}, deleted -> {});
  }

  final ReconcilerContext reconcilerContext() {
    return reconcilerContext;
  }

  /** Requests a reconciliation. */
  final void requestReconciliation(ResourceId id) {
    internalEvents.fire(new ResourceID(id.name(), id.namespace()));
  }

  @Override
  public List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
    return List.of(internalEvents);
  }

  /**
   * Returns {@code metadata.name} of the data core that a resource belongs to; empty if a reference
   * in between does not exist. The data core itself does not have to exist.
   */
  abstract Optional<String> dataCore(R resource, DataCoreGatherer gatherer);

  /** Returns inputs with only this resource, for one that belongs to no data core. */
  abstract DataCoreInputs withoutDataCore(R resource, DataCoreGatherer gatherer);

  /** Returns the status of a resource that was not reconciled yet. */
  abstract S notReconciled(R resource, List<Condition> conditions);

  /** Returns the conditions in a status. */
  abstract List<Condition> conditions(S status);

  /** Records an Event if the resource was rejected. */
  final void recordValidation(R resource, MemberState state) {
    List<Condition> before =
        resource.getStatus() == null ? List.of() : conditions(resource.getStatus());
    reconcilerContext.eventRecorder().validated(resource, before, state.failures());
  }

  /**
   * Returns the status for a state, and performs any other work that the kind of resource needs.
   */
  abstract Update<S> update(R resource, MemberState state, Instant now);

  /**
   * A status to write.
   *
   * @param nextReconciliation when the resource must be reconciled again without a change
   */
  record Update<S>(S status, Optional<Instant> nextReconciliation) {}

  @Override
  public UpdateControl<R> reconcile(R resource, Context<R> context) {
    Instant now = reconcilerContext.clock().instant();
    Optional<MemberState> state =
        reconcilerContext.gatherer().flatMap(gatherer -> findState(resource, gatherer));
    if (state.isEmpty()) {
      return writeNotReconciled(resource, now).rescheduleAfter(CACHE_DELAY);
    }
    Update<S> update = update(resource, state.get(), now);
    UpdateControl<R> control = StatusPatch.ifChanged(resource, update.status(), emptyResource);
    update
        .nextReconciliation()
        .ifPresent(
            next -> control.rescheduleAfter(Math.max(1, Duration.between(now, next).toMillis())));
    return control;
  }

  private Optional<MemberState> findState(R resource, DataCoreGatherer gatherer) {
    ResourceId id = ResourceId.of(resource);
    Optional<String> name = dataCore(resource, gatherer);
    Optional<MemberState> state;
    if (name.isEmpty()) {
      state = resolveWithoutDataCore(id, withoutDataCore(resource, gatherer));
    } else if (gatherer.dataCore(id.namespace(), name.get()).isPresent()) {
      ResourceId dataCore = new ResourceId(ResourceKind.DATA_CORE, id.namespace(), name.get());
      state = reconcilerContext.memberStates().find(dataCore, id);
    } else {
      state = resolveWithoutDataCore(id, gatherer.gather(id.namespace(), name.get()));
    }
    return state.filter(known -> known.generation() == generation(resource));
  }

  private static Optional<MemberState> resolveWithoutDataCore(
      ResourceId id, DataCoreInputs inputs) {
    Resolution resolution = Resolver.resolve(inputs, Optional::empty);
    Long generation = resolution.generations().get(id);
    ConditionState notAccepted =
        ConditionState.no("NotAccepted", "no DataCore has loaded it; see ResolvedRefs");
    return generation == null
        ? Optional.empty()
        : Optional.of(
            new MemberState(
                generation,
                resolution.verdicts().get(id),
                Optional.empty(),
                notAccepted,
                notAccepted,
                Optional.empty()));
  }

  private UpdateControl<R> writeNotReconciled(R resource, Instant now) {
    if (resource.getStatus() != null) {
      return UpdateControl.noUpdate();
    }
    return StatusPatch.ifChanged(
        resource,
        notReconciled(resource, Conditions.notReconciled(generation(resource), now)),
        emptyResource);
  }

  private static long generation(CustomResource<?, ?> resource) {
    return Objects.requireNonNullElse(resource.getMetadata().getGeneration(), 0L);
  }
}
