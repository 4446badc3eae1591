package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Requests reconciliations from inside the operator, where no watch of the resource would, and
 * notifies when a resource was created, changed or deleted.
 */
final class InternalEventSource<P extends HasMetadata> extends AbstractEventSource<Void, P>
    implements ResourceEventAware<P> {
  private final Runnable onStart;
  private final Consumer<P> onChange;
  private final Consumer<P> onDelete;

  /**
   * Creates an event source.
   *
   * @param onStart called when it starts, after the caches of its controller were filled
   * @param onChange called for each created resource and each changed spec
   * @param onDelete called for each deleted resource
   */
  InternalEventSource(String name, Runnable onStart, Consumer<P> onChange, Consumer<P> onDelete) {
    super(Void.class, name);
    this.onStart = onStart;
    this.onChange = onChange;
    this.onDelete = onDelete;
  }

  @Override
  public void start() {
    super.start();
    onStart.run();
  }

  /** Requests a reconciliation; has no effect for a resource that does not exist. */
  void fire(ResourceID resource) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(resource));
    }
  }

  @Override
  public void onResourceCreated(P resource) {
    onChange.accept(resource);
  }

  /** Notifies of changed specs only; the operator writes the statuses itself. */
  @Override
  public void onResourceUpdated(P resource, P before) {
    if (!Objects.equals(
        resource.getMetadata().getGeneration(), before.getMetadata().getGeneration())) {
      onChange.accept(resource);
    }
  }

  @Override
  public void onResourceDeleted(P resource) {
    onDelete.accept(resource);
  }

  @Override
  public Set<Void> getSecondaryResources(P primary) {
    return Set.of();
  }
}
