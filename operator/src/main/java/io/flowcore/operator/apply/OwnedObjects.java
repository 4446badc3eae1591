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
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import io.flowcore.operator.plan.Names;
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

/** Caches of the objects that the operator creates, and of the workers' pods. */
public final class OwnedObjects {
  private static final String MANAGED_SELECTOR =
      ManagedMetadata.MANAGED_BY + "=" + ManagedMetadata.OPERATOR;
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

  private final Map<Class<?>, InformerEventSource<? extends HasMetadata, DataCore>> sources =
      new LinkedHashMap<>();

  /** Creates the watches that fill the caches; each maps its objects to their data core. */
  public List<EventSource<?, DataCore>> createEventSources(EventSourceContext<DataCore> context) {
    List<EventSource<?, DataCore>> created = new ArrayList<>();
    for (Class<? extends HasMetadata> type : OWNED) {
      created.add(watch(type, context));
    }
    created.add(watch(Pod.class, context));
    return created;
  }

  private <T extends HasMetadata> InformerEventSource<T, DataCore> watch(
      Class<T> type, EventSourceContext<DataCore> context) {
    InformerEventSource<T, DataCore> source =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(type, DataCore.class)
                .withNamespacesInheritedFromController()
                .withLabelSelector(MANAGED_SELECTOR)
                .withSecondaryToPrimaryMapper(object ->
                    dataCoreName(object)
                        .map(name ->
                            Set.of(new ResourceID(name, object.getMetadata().getNamespace())))
                        .orElse(Set.of()))
                .build(),
            context);
    source.addIndexers(
        Map.of(
            BY_DATA_CORE,
            object -> dataCoreName(object).map(name -> Index.key(object, name)).stream().toList()));
    source.setEventSourcePriority(EventSourceStartPriority.RESOURCE_STATE_LOADER);
    sources.put(type, source);
    return source;
  }

  private static Optional<String> dataCoreName(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    if (annotations != null && annotations.containsKey(ManagedMetadata.DATA_CORE_NAME)) {
      return Optional.of(annotations.get(ManagedMetadata.DATA_CORE_NAME));
    }
    return owner(object).map(OwnerReference::getName);
  }

  private static Optional<OwnerReference> owner(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null
        ? Optional.empty()
        : owners.stream()
            .filter(owner -> owner.getKind().equals(ResourceKind.DATA_CORE.kubernetesName()))
            .findFirst();
  }

  static boolean isOwnedBy(DataCore dataCore, HasMetadata object) {
    return object.hasOwnerReferenceFor(dataCore);
  }

  /** Returns whether objects of a type are watched. */
  boolean isWatched(Class<?> type) {
    return sources.containsKey(type);
  }

  /** Returns an object, if it is in the cache. */
  Optional<HasMetadata> find(Class<?> type, String namespace, String name) {
    return sources.get(type).get(new ResourceID(name, namespace)).map(HasMetadata.class::cast);
  }

  /** Returns all objects that a data core owns, without pods. */
  Stream<HasMetadata> ownedBy(DataCore dataCore) {
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    return OWNED.stream()
        .flatMap(type -> sources.get(type).byIndex(BY_DATA_CORE, key).stream())
        .filter(object -> isOwnedBy(dataCore, object))
        .map(HasMetadata.class::cast);
  }

  /** Returns the StatefulSet or Deployment of a data core, if it is in the cache. */
  public Optional<HasMetadata> workload(DataCore dataCore) {
    boolean embedded = dataCore.getSpec().hotStore().embedded() != null;
    return find(
        embedded ? StatefulSet.class : Deployment.class,
        ResourceId.of(dataCore).namespace(),
        new Names(dataCore).worker());
  }

  /** Returns the workers' pods. */
  public List<Pod> pods(DataCore dataCore) {
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    return sources.get(Pod.class).byIndex(BY_DATA_CORE, key).stream().map(Pod.class::cast).toList();
  }
}
