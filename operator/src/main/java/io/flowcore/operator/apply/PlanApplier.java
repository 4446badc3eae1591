package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
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
import io.flowcore.operator.gather.SecretWatch;
import io.flowcore.operator.kubernetes.ApiServerErrors;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.plan.Plan;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the objects of a plan into the cluster and deletes those that are no longer planned. */
public final class PlanApplier {
  private static final Logger LOG = LoggerFactory.getLogger(PlanApplier.class);

  private final KubernetesClient client;
  private final OwnedObjects objects;
  private final SecretWatch secrets;
  private final RolloutListener rolloutListener;
  private final ObjectApplier objectApplier;
  private final GatewayApi gatewayApi;
  private final WrittenCatalogs writtenCatalogs;
  private final Set<ResourceId> withoutRoute = ConcurrentHashMap.newKeySet();

  /** Creates an applier that writes with a client and reads the actual state from caches. */
  public PlanApplier(
      KubernetesClient client,
      OwnedObjects objects,
      SecretWatch secrets,
      RolloutListener rolloutListener,
      Clock clock) {
    this.client = client;
    this.objects = objects;
    this.secrets = secrets;
    this.rolloutListener = rolloutListener;
    objectApplier = new ObjectApplier(client, ManagedMetadata.OPERATOR);
    gatewayApi = new GatewayApi(client, clock);
    writtenCatalogs = new WrittenCatalogs(objects, secrets);
  }

  /** Returns the catalogs that were written. */
  public WrittenCatalogs writtenCatalogs() {
    return writtenCatalogs;
  }

  /** Returns whether the cluster serves the Gateway API. */
  public boolean hasGatewayApi() {
    return gatewayApi.isServed();
  }

  /** Forgets a deleted data core. */
  public void forget(ResourceId dataCore) {
    withoutRoute.remove(dataCore);
    writtenCatalogs.remove(dataCore);
  }

  /**
   * Applies a plan: writes what differs and deletes what is no longer planned. A failure of one
   * object does not stop the others.
   */
  public Applied apply(DataCore dataCore, Catalog catalog, Plan plan) {
    Applied catalogResult = applyCatalog(dataCore, catalog, plan.catalogObjects());
    List<String> problems = new ArrayList<>(catalogResult.problems());
    for (HasMetadata planned : plan.otherObjects()) {
      apply(dataCore, planned).ifPresent(problems::add);
    }
    problems.addAll(prune(dataCore, plan));
    return new Applied(problems, catalogResult.catalogWritten());
  }

  /**
   * Writes only the catalog; the other objects of the data core stay as they are. Both of its
   * objects carry one revision, and a worker loads neither if the revisions differ. So the second
   * is not written if the first failed.
   */
  public Applied applyCatalog(
      DataCore dataCore, Catalog catalog, List<HasMetadata> catalogObjects) {
    List<String> tooLarge = CatalogSize.problems(catalogObjects);
    if (!tooLarge.isEmpty()) {
      return new Applied(tooLarge, false);
    }
    for (HasMetadata object : catalogObjects) {
      Optional<String> problem = apply(dataCore, object);
      if (problem.isPresent()) {
        return new Applied(List.of(problem.get()), false);
      }
    }
    writtenCatalogs.put(dataCore, catalog);
    return new Applied(List.of(), true);
  }

  /** Returns the problem, if there is one. */
  private Optional<String> apply(DataCore dataCore, HasMetadata planned) {
    try {
      Optional<? extends HasMetadata> actual = actual(planned);
      ObjectApplier.Outcome outcome = objectApplier.apply(planned, actual);
      boolean hasPods = planned instanceof StatefulSet || planned instanceof Deployment;
      if (hasPods && actual.isPresent() && isNewGeneration(outcome.object(), actual.get())) {
        outcome
            .difference()
            .filter(field -> field.startsWith("spec.template"))
            .ifPresent(field -> rolloutListener.rollingOut(dataCore, field));
      }
      return Optional.empty();
    } catch (ObjectApplier.ForeignObjectException e) {
      return Optional.of(e.getMessage());
    } catch (KubernetesClientException e) {
      LOG.warn("Could not apply {}", ResourceId.of(planned), e);
      return Optional.of(problem("apply " + ResourceId.of(planned), e));
    }
  }

  private static String problem(String attempt, KubernetesClientException e) {
    return "could not " + attempt + ": " + ApiServerErrors.message(e) + "; the operator will retry";
  }

  /** The API server writes some values in another form than the plan; that is not a change. */
  private static boolean isNewGeneration(HasMetadata written, HasMetadata before) {
    return !Objects.equals(
        written.getMetadata().getGeneration(), before.getMetadata().getGeneration());
  }

  private Optional<? extends HasMetadata> actual(HasMetadata planned) {
    String namespace = planned.getMetadata().getNamespace();
    String name = planned.getMetadata().getName();
    if (objects.isWatched(planned.getClass())) {
      return objects.find(planned.getClass(), namespace, name);
    }
    return planned instanceof GenericKubernetesResource
        ? gatewayApi.findRoute(namespace, name)
        : secrets.find(namespace, name);
  }

  /** Returns problems. */
  private List<String> prune(DataCore dataCore, Plan plan) {
    List<String> problems = new ArrayList<>();
    Set<ResourceId> planned = new HashSet<>();
    plan.allObjects().forEach(object -> planned.add(ResourceId.of(object)));
    objects
        .ownedBy(dataCore)
        .filter(object -> !planned.contains(ResourceId.of(object)))
        .forEach(object -> delete(object).ifPresent(problems::add));
    pruneRoute(dataCore, planned.stream().anyMatch(id -> id.kind() == ResourceKind.HTTP_ROUTE))
        .ifPresent(problems::add);
    return problems;
  }

  private Optional<String> delete(HasMetadata object) {
    try {
      objectApplier.delete(object);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      LOG.warn("Could not delete {}", ResourceId.of(object), e);
      return Optional.of(problem("delete " + ResourceId.of(object), e));
    }
  }

  /** HTTPRoutes are not watched, because their CRD may be missing; this looks once. */
  private Optional<String> pruneRoute(DataCore dataCore, boolean planned) {
    ResourceId id = ResourceId.of(dataCore);
    if (planned) {
      withoutRoute.remove(id);
      return Optional.empty();
    }
    if (!gatewayApi.isServed() || withoutRoute.contains(id)) {
      return Optional.empty();
    }
    try {
      Optional<String> problem =
          findRoute(dataCore)
              .filter(route -> OwnedObjects.isOwnedBy(dataCore, route))
              .flatMap(this::delete);
      if (problem.isEmpty()) {
        withoutRoute.add(id);
      }
      return problem;
    } catch (KubernetesClientException e) {
      return Optional.of(problem("read the HTTPRoute of " + id, e));
    }
  }

  /**
   * Reads a data core's HTTPRoute, whose status the gateways write.
   *
   * @return empty if there is none
   * @throws KubernetesClientException if the API server cannot be reached
   */
  public Optional<GenericKubernetesResource> findRoute(DataCore dataCore) {
    return gatewayApi.findRoute(ResourceId.of(dataCore).namespace(), new Names(dataCore).worker());
  }

  /**
   * Writes the catalog's revision as an annotation to pods. The kubelet refreshes mounted files
   * when it syncs a pod: at once when the pod changes, otherwise within a minute or two.
   */
  public void annotateRevision(List<Pod> pods, String revision) {
    for (Pod pod : pods) {
      if (!revision.equals(
          pod.getMetadata().getAnnotations().get(ManagedMetadata.CATALOG_REVISION))) {
        try {
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName())
              .patch(
                  PatchContext.of(PatchType.JSON_MERGE),
                  "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}"
                      .formatted(ManagedMetadata.CATALOG_REVISION, revision));
        } catch (KubernetesClientException e) {
          // The pod may be deleted. The kubelet refreshes mounted files without this too, later.
          LOG.warn("Could not annotate {} with the catalog revision", ResourceId.of(pod), e);
        }
      }
    }
  }
}
