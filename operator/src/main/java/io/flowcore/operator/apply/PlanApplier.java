package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.observe.EventRecorder;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.plan.Plan;
import io.flowcore.operator.reconcile.ReconcilerContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The objects that run data cores: what is there, and how it gets to be as planned. */
public final class PlanApplier {
  private static final Logger LOG = LoggerFactory.getLogger(PlanApplier.class);

  /** A catalog beyond this does not fit into a ConfigMap, whose limit is 1 MiB with all of it. */
  private static final int MAX_CATALOG_BYTES = 1_000_000;

  private final KubernetesClient client;
  private final Applier applier;
  private final EventRecorder announcer;
  private final GatewayApi gatewayApi;
  private final ReconcilerContext operation;
  private final OwnedObjects objects;
  private final CatalogsInForce catalogs;
  private final Set<ResourceId> withoutRoute = ConcurrentHashMap.newKeySet();

  public PlanApplier(KubernetesClient client, ReconcilerContext operation, OwnedObjects objects) {
    this.client = client;
    this.operation = operation;
    this.objects = objects;
    catalogs = new CatalogsInForce(objects, operation);
    applier = new Applier(client, Names.OPERATOR);
    announcer = operation.announcer();
    gatewayApi = new GatewayApi(client, operation.clock());
  }

  /** The catalogs that were written. */
  public CatalogsInForce catalogs() {
    return catalogs;
  }

  public boolean knowsGatewayApi() {
    return gatewayApi.present();
  }

  public void forget(ResourceId dataCore) {
    withoutRoute.remove(dataCore);
    catalogs.forget(dataCore);
  }

  /**
   * What came of applying a plan.
   *
   * @param problems of objects that could not be written
   * @param catalogWritten whether workers find the planned catalog
   */
  public record Applied(List<String> problems, boolean catalogWritten) {
    public Applied {
      problems = List.copyOf(problems);
    }
  }

  /** Brings a plan into the cluster and removes what has left it. One failure stops no other. */
  public Applied apply(DataCore dataCore, Catalog catalog, Plan plan) {
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
  public boolean applyCatalog(
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
    catalogs.wrote(dataCore, catalog);
    return true;
  }

  /** Problems of a catalog that no API server would take. */
  public static List<String> tooLarge(List<HasMetadata> files) {
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

  private Optional<? extends HasMetadata> actual(HasMetadata planned) {
    String namespace = planned.getMetadata().getNamespace();
    String name = planned.getMetadata().getName();
    if (objects.knows(planned.getClass())) {
      return objects.find(planned.getClass(), namespace, name);
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
    objects
        .of(dataCore)
        .filter(object -> !planned.contains(ResourceId.of(object)))
        .forEach(object -> delete(object).ifPresent(problems::add));
    pruneRoute(dataCore, planned.stream().anyMatch(id -> id.kind() == ResourceKind.HTTP_ROUTE))
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
              .filter(route -> OwnedObjects.owns(dataCore, route))
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
  public Optional<GenericKubernetesResource> route(DataCore dataCore) {
    ResourceId id = ResourceId.of(dataCore);
    return gatewayApi.route(id.namespace(), new Names(dataCore).worker());
  }

  /**
   * Writes the catalog's revision onto pods. A kubelet refreshes mounted files when it looks at a
   * pod, which it does at once when the pod changes, and within a minute or two otherwise.
   */
  public void wake(List<Pod> pods, String revision) {
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
