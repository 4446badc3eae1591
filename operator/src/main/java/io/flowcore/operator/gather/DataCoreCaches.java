package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSourceStartPriority;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Caches of data cores, flow types, event types and webhook keys, filled by watches. */
public final class DataCoreCaches {
  private final SecretWatch secrets;
  private volatile Optional<DataCoreGatherer> created = Optional.empty();
  private volatile boolean filled;

  /** Creates the caches without watches, which need the context of the data cores' controller. */
  public DataCoreCaches(SecretWatch secrets) {
    this.secrets = secrets;
  }

  /** Creates the watches of the members of data cores; each maps its resources to a data core. */
  public List<EventSource<?, DataCore>> createEventSources(EventSourceContext<DataCore> context) {
    InformerEventSource<FlowType, DataCore> flowTypes =
        watch(FlowType.class, context, flowType -> dataCoreId(flowType, Index.dataCore(flowType)));
    InformerEventSource<EventType, DataCore> eventTypes =
        watch(
            EventType.class,
            context,
            eventType ->
                dataCoreId(eventType, created.flatMap(gatherer -> gatherer.dataCoreOf(eventType))));
    InformerEventSource<WebhookKey, DataCore> webhookKeys =
        watch(WebhookKey.class, context, key -> dataCoreId(key, Index.dataCore(key)));
    created =
        Optional.of(
            new DataCoreGatherer(
                context.getPrimaryCache(), flowTypes, eventTypes, webhookKeys, secrets));
    return List.of(flowTypes, eventTypes, webhookKeys);
  }

  private static Set<ResourceID> dataCoreId(HasMetadata member, Optional<String> dataCore) {
    return dataCore
        .map(name -> Set.of(new ResourceID(name, member.getMetadata().getNamespace())))
        .orElse(Set.of());
  }

  private static <R extends HasMetadata> InformerEventSource<R, DataCore> watch(
      Class<R> type, EventSourceContext<DataCore> context, Function<R, Set<ResourceID>> dataCores) {
    InformerEventSource<R, DataCore> source =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(type, DataCore.class)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(dataCores::apply)
                // The operator writes the statuses itself; they need no reconciliation.
                .withOnUpdateFilter((now, before) ->
                    !Objects.equals(
                        now.getMetadata().getGeneration(), before.getMetadata().getGeneration()))
                .build(),
            context);
    // The cache must be filled before the first reconciliation.
    source.setEventSourcePriority(EventSourceStartPriority.RESOURCE_STATE_LOADER);
    return source;
  }

  /** Called when all caches are filled. */
  public void markFilled() {
    filled = true;
  }

  /**
   * Returns a gatherer that reads from the caches; empty until they are filled, because before that
   * valid references would appear to be broken.
   */
  public Optional<DataCoreGatherer> gatherer() {
    return filled ? created : Optional.empty();
  }
}
