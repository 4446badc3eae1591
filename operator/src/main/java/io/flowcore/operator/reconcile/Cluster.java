package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
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
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.apply.Applier;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.observe.Announcer;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.plan.Plan;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSourceStartPriority;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The objects that run data cores: what is there, and how it gets to be as planned. */
final class Cluster {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final String OURS = Names.MANAGED_BY + "=" + Names.OPERATOR;
  private static final String BY_DATA_CORE = "byDataCore";

  /** A catalog beyond this does not fit into a ConfigMap, whose limit is 1 MiB with all of it. */
  private static final int MAX_CATALOG_BYTES = 1_000_000;

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

  private final KubernetesClient client;
  private final Applier applier;
  private final Announcer announcer;
  private final GatewayApi gatewayApi;
  private final Operation operation;
  private final SourceListener listener;
  private final Map<Class<?>, InformerEventSource<? extends HasMetadata, DataCore>> owned =
      new LinkedHashMap<>();
  private final Set<ResourceId> withoutRoute = ConcurrentHashMap.newKeySet();

  /** Told of the event sources before they start. */
  interface SourceListener {
    /** Returns sources of the resources that data cores are made of. */
    List<EventSource<?, DataCore>> members(EventSourceContext<DataCore> context);
  }

  Cluster(KubernetesClient client, Operation operation, SourceListener listener) {
    this.client = client;
    this.operation = operation;
    this.listener = listener;
    applier = new Applier(client, Names.OPERATOR);
    announcer = operation.announcer();
    gatewayApi = new GatewayApi(client, operation.clock());
  }

  List<EventSource<?, DataCore>> sources(
      EventSourceContext<DataCore> context, Triggers<DataCore> triggers) {
    List<EventSource<?, DataCore>> sources = new ArrayList<>();
    // Before the triggers, so that what the caches hold is known when they fire.
    sources.addAll(listener.members(context));
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

  boolean knowsGatewayApi() {
    return gatewayApi.present();
  }

  void forget(ResourceId dataCore) {
    withoutRoute.remove(dataCore);
  }

  /**
   * Brings a plan into the cluster and removes what has left it. One failure stops no other.
   *
   * @return problems of objects that could not be written
   */
  List<String> apply(DataCore dataCore, Plan plan) {
    List<String> problems = new ArrayList<>();
    for (HasMetadata planned : plan.objects()) {
      try {
        tooLarge(planned).ifPresentOrElse(problems::add, () -> apply(dataCore, planned));
      } catch (KubernetesClientException e) {
        LOG.warn("{} could not be applied", ResourceId.of(planned), e);
        problems.add(ResourceId.of(planned) + " could not be applied: " + reason(e));
      }
    }
    if (problems.isEmpty()) {
      prune(dataCore, plan);
    }
    return problems;
  }

  private static Optional<String> tooLarge(HasMetadata planned) {
    if (planned instanceof ConfigMap map) {
      int bytes =
          map.getData().values().stream()
              .mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length)
              .sum();
      if (bytes > MAX_CATALOG_BYTES) {
        return Optional.of(
            "the catalog has "
                + bytes
                + " bytes; at most "
                + MAX_CATALOG_BYTES
                + " fit into a ConfigMap; shorten schemas and descriptions, or split the data core");
      }
    }
    return Optional.empty();
  }

  /** What the API server says names objects and fields; it holds no content of Secrets. */
  private static String reason(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : e.getClass().getSimpleName() + " with code " + e.getCode();
  }

  private void apply(DataCore dataCore, HasMetadata planned) {
    Optional<? extends HasMetadata> actual = actual(planned);
    Applier.Outcome outcome = applier.apply(planned, actual);
    boolean rolls = planned instanceof StatefulSet || planned instanceof Deployment;
    if (rolls && actual.isPresent()) {
      outcome
          .difference()
          .filter(field -> field.startsWith("spec.template"))
          .ifPresent(field -> announcer.rolls(dataCore, field));
    }
  }

  private Optional<? extends HasMetadata> actual(HasMetadata planned) {
    String namespace = planned.getMetadata().getNamespace();
    String name = planned.getMetadata().getName();
    InformerEventSource<? extends HasMetadata, DataCore> source = owned.get(planned.getClass());
    if (source != null) {
      return source.get(new ResourceID(name, namespace));
    }
    return planned instanceof GenericKubernetesResource route
        ? gatewayApi.route(namespace, route.getMetadata().getName())
        : operation.families().orElseThrow().secret(namespace, name);
  }

  private void prune(DataCore dataCore, Plan plan) {
    Set<ResourceId> planned = ConcurrentHashMap.newKeySet();
    plan.objects().forEach(object -> planned.add(ResourceId.of(object)));
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    for (Class<? extends HasMetadata> kind : OWNED) {
      for (HasMetadata object : owned.get(kind).byIndex(BY_DATA_CORE, key)) {
        if (owns(dataCore, object) && !planned.contains(ResourceId.of(object))) {
          applier.delete(object);
        }
      }
    }
    pruneRoute(dataCore, planned.stream().anyMatch(id -> id.kind().equals("HTTPRoute")));
  }

  /** HTTPRoutes are not watched, for their kind may be missing; so this looks once. */
  private void pruneRoute(DataCore dataCore, boolean planned) {
    ResourceId id = ResourceId.of(dataCore);
    if (planned) {
      withoutRoute.remove(id);
    } else if (gatewayApi.present() && withoutRoute.add(id)) {
      gatewayApi
          .route(id.namespace(), new Names(dataCore).worker())
          .filter(route -> owns(dataCore, route))
          .ifPresent(applier::delete);
    }
  }

  private static Optional<OwnerReference> owner(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null
        ? Optional.empty()
        : owners.stream().filter(owner -> owner.getKind().equals("DataCore")).findFirst();
  }

  private static boolean owns(DataCore dataCore, HasMetadata object) {
    return owner(object)
        .map(OwnerReference::getUid)
        .equals(Optional.of(dataCore.getMetadata().getUid()));
  }

  /** The workload of a data core, as the cache has it. */
  Optional<? extends HasMetadata> workload(DataCore dataCore) {
    boolean embedded = dataCore.getSpec().hotStore().embedded() != null;
    return owned
        .get(embedded ? StatefulSet.class : Deployment.class)
        .get(new ResourceID(new Names(dataCore).worker(), ResourceId.of(dataCore).namespace()));
  }

  /** The workers' pods. */
  List<Pod> pods(DataCore dataCore) {
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    return owned.get(Pod.class).byIndex(BY_DATA_CORE, key).stream().map(Pod.class::cast).toList();
  }

  /**
   * Writes the catalog's revision onto pods. A kubelet refreshes mounted files when it looks at a
   * pod, which it does at once when the pod changes, and within a minute or two otherwise.
   */
  void wake(List<Pod> pods, String revision) {
    for (Pod pod : pods) {
      if (!revision.equals(pod.getMetadata().getAnnotations().get(Names.CATALOG_REVISION))) {
        try {
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName())
              .patch(
                  PatchContext.of(PatchType.JSON_MERGE),
                  "{\"metadata\":{\"annotations\":{\""
                      + Names.CATALOG_REVISION
                      + "\":\""
                      + revision
                      + "\"}}}");
        } catch (KubernetesClientException e) {
          // It may have gone meanwhile. A kubelet refreshes mounted files without this too, later.
          LOG.warn("{} could not be woken", ResourceId.of(pod), e);
        }
      }
    }
  }
}
