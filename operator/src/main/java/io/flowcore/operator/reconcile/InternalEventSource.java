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
 * Calls for a reconciliation from inside the operator, where no watch of the resource itself would,
 * and tells when a resource comes, changes or goes.
 */
public final class InternalEventSource<P extends HasMetadata> extends AbstractEventSource<Void, P>
    implements ResourceEventAware<P> {
  private final Runnable started;
  private final Consumer<P> changed;
  private final Consumer<P> deleted;

  /** Tells also when it starts, which is after the caches of its controller were filled. */
  InternalEventSource(String name, Runnable started, Consumer<P> changed, Consumer<P> deleted) {
    super(Void.class, name);
    this.started = started;
    this.changed = changed;
    this.deleted = deleted;
  }

  @Override
  public void start() {
    super.start();
    started.run();
  }

  /** Calls for a reconciliation. Nothing happens for a resource that is not there. */
  void fire(ResourceID resource) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(resource));
    }
  }

  @Override
  public void onResourceCreated(P resource) {
    changed.accept(resource);
  }

  /** A changed spec may matter to others as much as a new resource. */
  @Override
  public void onResourceUpdated(P resource, P before) {
    if (!Objects.equals(
        resource.getMetadata().getGeneration(), before.getMetadata().getGeneration())) {
      changed.accept(resource);
    }
  }

  @Override
  public void onResourceDeleted(P resource) {
    deleted.accept(resource);
  }

  @Override
  public Set<Void> getSecondaryResources(P primary) {
    return Set.of();
  }
}
