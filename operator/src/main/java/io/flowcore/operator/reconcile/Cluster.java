package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
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
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.SecretEntries;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final Map<ResourceId, Catalog> inForce = new ConcurrentHashMap<>();

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
    inForce.remove(dataCore);
  }

  /**
   * What came of applying a plan.
   *
   * @param problems of objects that could not be written
   * @param catalogWritten whether workers find the planned catalog
   */
  record Applied(List<String> problems, boolean catalogWritten) {
    Applied {
      problems = List.copyOf(problems);
    }
  }

  /** Brings a plan into the cluster and removes what has left it. One failure stops no other. */
  Applied apply(DataCore dataCore, Catalog catalog, Plan plan) {
    List<String> problems = new ArrayList<>();
    boolean catalogWritten = applyCatalog(dataCore, catalog, plan.catalog(), problems);
    for (HasMetadata planned : plan.objects()) {
      if (!plan.catalog().contains(planned)) {
        apply(dataCore, planned).ifPresent(problems::add);
      }
    }
    prune(dataCore, plan).forEach(problems::add);
    return new Applied(problems, catalogWritten);
  }

  /**
   * Writes the catalog alone, of a data core whose other objects stay as they are. Its two files
   * carry one revision; of a pair that does not agree a worker takes neither, so that the second is
   * not written where the first was refused.
   */
  boolean applyCatalog(
      DataCore dataCore, Catalog catalog, List<HasMetadata> files, List<String> problems) {
    List<String> tooLarge = tooLarge(files);
    problems.addAll(tooLarge);
    if (!tooLarge.isEmpty()) {
      return false;
    }
    for (HasMetadata file : files) {
      Optional<String> problem = apply(dataCore, file);
      if (problem.isPresent()) {
        problems.add(problem.get());
        return false;
      }
    }
    inForce.put(ResourceId.of(dataCore), catalog);
    return true;
  }

  /** Problems of a catalog that no API server would take. */
  static List<String> tooLarge(List<HasMetadata> files) {
    return files.stream().flatMap(file -> tooLarge(file).stream()).toList();
  }

  private static Optional<String> tooLarge(HasMetadata file) {
    int bytes =
        switch (file) {
          case ConfigMap map -> bytes(map.getData());
          // In base64, of which the limit counts the bytes.
          case Secret secret -> bytes(secret.getData()) / 4 * 3;
          default -> 0;
        };
    return bytes <= MAX_CATALOG_BYTES
        ? Optional.empty()
        : Optional.of(
            "%s would have %d bytes; at most %d fit into it; shorten schemas and descriptions, or split the data core"
                .formatted(ResourceId.of(file), bytes, MAX_CATALOG_BYTES));
  }

  private static int bytes(Map<String, String> data) {
    return data.values().stream()
        .mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  /** Gives the problem, if there is one. */
  private Optional<String> apply(DataCore dataCore, HasMetadata planned) {
    try {
      Optional<? extends HasMetadata> actual = actual(planned);
      Applier.Outcome outcome = applier.apply(planned, actual);
      boolean rolls = planned instanceof StatefulSet || planned instanceof Deployment;
      if (rolls && actual.isPresent() && isNewGeneration(outcome.object(), actual.get())) {
        outcome
            .difference()
            .filter(field -> field.startsWith("spec.template"))
            .ifPresent(field -> announcer.rolls(dataCore, field));
      }
      return Optional.empty();
    } catch (Applier.ForeignObjectException e) {
      return Optional.of(e.getMessage());
    } catch (KubernetesClientException e) {
      LOG.warn("{} could not be applied", ResourceId.of(planned), e);
      return Optional.of(ResourceId.of(planned) + " could not be applied: " + Applier.reason(e));
    }
  }

  /** An API server writes some values in another way; that is no change. */
  private static boolean isNewGeneration(HasMetadata written, HasMetadata before) {
    return !Objects.equals(
        written.getMetadata().getGeneration(), before.getMetadata().getGeneration());
  }

  /**
   * The catalog that was written last: as this operator knows it, since its caches hear of its own
   * writes a moment later, or else as an operator before it has left it.
   */
  Optional<Catalog> catalogInForce(DataCore resource) {
    Catalog known = inForce.get(ResourceId.of(resource));
    return known != null ? Optional.of(known) : catalogInCluster(resource);
  }

  private Optional<Catalog> catalogInCluster(DataCore resource) {
    ResourceId dataCore = ResourceId.of(resource);
    Names names = new Names(resource);
    ConfigMap catalog =
        (ConfigMap)
            owned
                .get(ConfigMap.class)
                .get(new ResourceID(names.catalog(), dataCore.namespace()))
                .orElse(null);
    Optional<Secret> keys =
        operation.families().orElseThrow().secret(dataCore.namespace(), names.keys());
    if (catalog == null || keys.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          CatalogCodec.read(
              catalog.getData().getOrDefault(CatalogCodec.CATALOG_FILE, ""),
              SecretEntries.texts(keys.get()).getOrDefault(CatalogCodec.KEYS_FILE, "")));
    } catch (CatalogFormatException e) {
      // An operator was ended between its two writes, or somebody else has changed one.
      LOG.warn("The catalog of {} can't be read back: {}", dataCore, e.getMessage());
      return Optional.empty();
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

  /** Gives problems. */
  private List<String> prune(DataCore dataCore, Plan plan) {
    List<String> problems = new ArrayList<>();
    Set<ResourceId> planned = new HashSet<>();
    plan.objects().forEach(object -> planned.add(ResourceId.of(object)));
    String key = Index.key(dataCore, dataCore.getMetadata().getName());
    for (Class<? extends HasMetadata> kind : OWNED) {
      for (HasMetadata object : owned.get(kind).byIndex(BY_DATA_CORE, key)) {
        if (owns(dataCore, object) && !planned.contains(ResourceId.of(object))) {
          delete(object).ifPresent(problems::add);
        }
      }
    }
    pruneRoute(dataCore, planned.stream().anyMatch(id -> id.kind().equals("HTTPRoute")))
        .ifPresent(problems::add);
    return problems;
  }

  private Optional<String> delete(HasMetadata object) {
    try {
      applier.delete(object);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      LOG.warn("{} could not be deleted", ResourceId.of(object), e);
      return Optional.of(ResourceId.of(object) + " could not be deleted: " + Applier.reason(e));
    }
  }

  /** HTTPRoutes are not watched, for their kind may be missing; so this looks once. */
  private Optional<String> pruneRoute(DataCore dataCore, boolean planned) {
    ResourceId id = ResourceId.of(dataCore);
    if (planned) {
      withoutRoute.remove(id);
      return Optional.empty();
    }
    if (!gatewayApi.present() || withoutRoute.contains(id)) {
      return Optional.empty();
    }
    try {
      Optional<String> problem =
          gatewayApi
              .route(id.namespace(), new Names(dataCore).worker())
              .filter(route -> owns(dataCore, route))
              .flatMap(this::delete);
      if (problem.isEmpty()) {
        withoutRoute.add(id);
      }
      return problem;
    } catch (KubernetesClientException e) {
      return Optional.of("the HTTPRoute could not be looked up: " + Applier.reason(e));
    }
  }

  /**
   * What gateways say of a data core's route.
   *
   * @return empty if it has none, or if the API server does not say
   */
  Optional<GenericKubernetesResource> route(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    return gatewayApi.route(id.namespace(), new Names(dataCore).worker());
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
