package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.reconcile.InternalEventSource;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSourceStartPriority;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Caches of the objects that the operator makes, and of the workers' pods. */
public final class OwnedObjects {
  private static final String OURS = Names.MANAGED_BY + "=" + Names.OPERATOR;
  private static final String BY_DATA_CORE = "byDataCore";

  private static final List<Class<? extends HasMetadata>> OWNED =
      List.of(
          ServiceAccount.class,
          ConfigMap.class,
          PersistentVolumeClaim.class,
          NetworkPolicy.class,
          Service.class,
          StatefulSet.class,
          Deployment.class,
          PodDisruptionBudget.class,
          HorizontalPodAutoscaler.class,
          Ingress.class);

  private final SourceListener members;
  private final Map<Class<?>, InformerEventSource<? extends HasMetadata, DataCore>> owned =
      new LinkedHashMap<>();

  /** Told of the event sources before they start. */
  public interface SourceListener {
    /** Returns sources of the resources that data cores are made of. */
    List<EventSource<?, DataCore>> members(EventSourceContext<DataCore> context);
  }

  public OwnedObjects(SourceListener members) {
    this.members = members;
  }

  public List<EventSource<?, DataCore>> sources(
      EventSourceContext<DataCore> context, InternalEventSource<DataCore> triggers) {
    List<EventSource<?, DataCore>> sources = new ArrayList<>();
    // Before the triggers, so that what the caches hold is known when they fire.
    sources.addAll(members.members(context));
    for (Class<? extends HasMetadata> kind : OWNED) {
      sources.add(watch(kind, context));
    }
    sources.add(watch(Pod.class, context));
    sources.add(triggers);
    return sources;
  }

  private <T extends HasMetadata> InformerEventSource<T, DataCore> watch(
      Class<T> kind, EventSourceContext<DataCore> context) {
    InformerEventSource<T, DataCore> source =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(kind, DataCore.class)
                .withNamespacesInheritedFromController()
                .withLabelSelector(OURS)
                .withSecondaryToPrimaryMapper(object ->
                    dataCore(object)
                        .map(name ->
                            Set.of(new ResourceID(name, object.getMetadata().getNamespace())))
                        .orElse(Set.of()))
                .build(),
            context);
    source.addIndexers(
        Map.of(
            BY_DATA_CORE,
            object -> dataCore(object).map(name -> Index.key(object, name)).stream().toList()));
    source.setEventSourcePriority(EventSourceStartPriority.RESOURCE_STATE_LOADER);
    owned.put(kind, source);
    return source;
  }

  private static Optional<String> dataCore(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    if (annotations != null && annotations.containsKey(Names.DATA_CORE_NAME)) {
      return Optional.of(annotations.get(Names.DATA_CORE_NAME));
    }
    return owner(object).map(OwnerReference::getName);
  }

  private static Optional<OwnerReference> owner(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null
        ? Optional.empty()
        : owners.stream().filter(owner -> owner.getKind().equals("DataCore")).findFirst();
  }

  static boolean owns(DataCore dataCore, HasMetadata object) {
    return object.hasOwnerReferenceFor(dataCore);
  }

  /** Whether objects of a kind are watched. */
  boolean knows(Class<?> kind) {
    return owned.containsKey(kind);
  }

  /** An object, if the cache has it. */
  Optional<HasMetadata> find(Class<?> kind, String namespace, String name) {
    return owned.get(kind).get(new ResourceID(name, namespace)).map(HasMetadata.class::cast);
  }

  /** Everything that belongs to a data core, but for pods. */
  Stream<HasMetadata> of(DataCore dataCore) {
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    return OWNED.stream()
        .flatMap(kind -> owned.get(kind).byIndex(BY_DATA_CORE, key).stream())
        .filter(object -> owns(dataCore, object))
        .map(HasMetadata.class::cast);
  }

  /** The workload of a data core, as the cache has it. */
  public Optional<HasMetadata> workload(DataCore dataCore) {
    boolean embedded = dataCore.getSpec().hotStore().embedded() != null;
    return find(
        embedded ? StatefulSet.class : Deployment.class,
        ResourceId.of(dataCore).namespace(),
        new Names(dataCore).worker());
  }

  /** The workers' pods. */
  public List<Pod> pods(DataCore dataCore) {
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    return owned.get(Pod.class).byIndex(BY_DATA_CORE, key).stream().map(Pod.class::cast).toList();
  }
}
