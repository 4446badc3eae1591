package io.flowcore.operator.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.Sha256;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Writes single objects by server-side apply with one field manager. An object that is as planned
 * is neither written nor read from the API server; its actual state comes from a cache.
 *
 * <p>A comparison by fields does not notice a field that was removed from the plan. For this, each
 * object carries a hash of its plan in an annotation.
 */
final class ObjectApplier {
  /** Annotation with the hash of the planned object. */
  private static final String PLAN_HASH = "flowcore.io/plan-hash";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private final KubernetesClient client;
  private final PatchContext context;
  private final String fieldManager;
  private final PatchContext handOverContext;
  private final Map<ResourceId, LastApply> lastApplies = new ConcurrentHashMap<>();

  /**
   * The last apply of an object.
   *
   * @param hash of the plan
   * @param before the version in the cache before the apply; empty if there was no object
   * @param after the version that the apply returned
   */
  private record LastApply(String hash, Optional<String> before, String after) {}

  /** Creates an applier with a field manager, which the API server records for each field. */
  ObjectApplier(KubernetesClient client, String fieldManager) {
    this.client = client;
    this.fieldManager = fieldManager;
    context = context(fieldManager);
    handOverContext = context(fieldManager + "-handover");
  }

  private static PatchContext context(String fieldManager) {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(fieldManager)
        .withForce(true)
        .build();
  }

  /**
   * The result of applying an object.
   *
   * @param difference the first field that was not as planned; empty if nothing was written
   */
  record Outcome(HasMetadata object, Optional<String> difference) {}

  /**
   * Writes an object if it is not as planned.
   *
   * @param actual the object in the cache
   * @throws ForeignObjectException if the operator does not manage the existing object
   * @throws KubernetesClientException if the API server rejects it or cannot be reached
   */
  Outcome apply(HasMetadata planned, Optional<? extends HasMetadata> actual) {
    JsonNode wanted = JSON.valueToTree(planned);
    String hash = hash(wanted);
    Optional<String> difference =
        actual.isEmpty()
            ? Optional.of("metadata.name")
            : Differences.first(wanted, JSON.valueToTree(actual.get()))
                .or(() -> hashDifference(actual.get(), hash));
    ResourceId id = ResourceId.of(planned);
    Optional<String> version = actual.map(object -> object.getMetadata().getResourceVersion());
    if (difference.isEmpty() || isAlreadyApplied(lastApplies.get(id), hash, version)) {
      return new Outcome(planned, Optional.empty());
    }
    rejectForeignObject(planned, actual);
    if (actual.isPresent()) {
      handOverReplicas(planned, actual.get());
    }
    HasMetadata written = client.resource(withPlanHash(planned, hash)).patch(context);
    lastApplies.put(id, new LastApply(hash, version, written.getMetadata().getResourceVersion()));
    return new Outcome(written, difference);
  }

  /**
   * Keeps the number of replicas when a plan leaves it to an autoscaler. Server-side apply removes
   * a field that its only manager leaves out, and a Deployment without {@code replicas} has one
   * pod. So another field manager takes over the field first. See "transferring ownership" in the
   * Kubernetes documentation of server-side apply.
   */
  private void handOverReplicas(HasMetadata planned, HasMetadata actual) {
    boolean handsOver =
        planned instanceof Deployment wanted
            && wanted.getSpec().getReplicas() == null
            && actual instanceof Deployment existing
            && existing.getSpec().getReplicas() != null
            && ownsReplicas(existing);
    if (handsOver) {
      Deployment replicas =
          new DeploymentBuilder()
              .withNewMetadata()
              .withNamespace(actual.getMetadata().getNamespace())
              .withName(actual.getMetadata().getName())
              .endMetadata()
              .withNewSpec()
              .withReplicas(((Deployment) actual).getSpec().getReplicas())
              .endSpec()
              .build();
      client.resource(replicas).patch(handOverContext);
    }
  }

  private boolean ownsReplicas(Deployment existing) {
    return existing.getMetadata().getManagedFields().stream()
        .filter(entry -> fieldManager.equals(entry.getManager()))
        .anyMatch(entry -> JSON.valueToTree(entry.getFieldsV1()).path("f:spec").has("f:replicas"));
  }

  /** Thrown if an object with a planned name exists that the operator does not manage. */
  static final class ForeignObjectException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ForeignObjectException(ResourceId id) {
      super(
          id
              + " already exists and is not managed by this operator; delete it, or rename it or"
              + " the DataCore");
    }
  }

  /**
   * Most caches contain only objects with the operator's label. An object that is not in the cache
   * may exist; an apply would take it over, and the garbage collector would later delete it.
   */
  private void rejectForeignObject(HasMetadata planned, Optional<? extends HasMetadata> cached) {
    HasMetadata existing = cached.isPresent() ? cached.get() : client.resource(planned).get();
    if (existing != null && !isManaged(planned, existing)) {
      throw new ForeignObjectException(ResourceId.of(planned));
    }
  }

  /**
   * The operator manages an object that has its labels, or its owner if the labels were removed.
   */
  private static boolean isManaged(HasMetadata planned, HasMetadata existing) {
    boolean labeled =
        Stream.of(ManagedMetadata.MANAGED_BY, ManagedMetadata.DATA_CORE)
            .allMatch(label -> label(planned, label).equals(label(existing, label)));
    return labeled
        || planned.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> existing.hasOwnerReferenceFor(owner.getUid()));
  }

  private static Optional<String> label(HasMetadata object, String label) {
    return Optional.ofNullable(object.getMetadata().getLabels()).map(labels -> labels.get(label));
  }

  /** Returns the annotation if an earlier plan wrote the object, perhaps with more fields. */
  private static Optional<String> hashDifference(HasMetadata actual, String hash) {
    Map<String, String> annotations = actual.getMetadata().getAnnotations();
    boolean same = annotations != null && hash.equals(annotations.get(PLAN_HASH));
    return same ? Optional.empty() : Optional.of("metadata.annotations." + PLAN_HASH);
  }

  /**
   * Returns whether this plan was applied already. It still differs if the cache has not received
   * the change yet, or if the API server writes a value in another form than the plan.
   */
  private static boolean isAlreadyApplied(LastApply last, String hash, Optional<String> version) {
    return last != null
        && last.hash().equals(hash)
        && version.isPresent()
        && (last.before().equals(version) || last.after().equals(version.get()));
  }

  private <T extends HasMetadata> T withPlanHash(T planned, String hash) {
    T copy = client.getKubernetesSerialization().clone(planned);
    Map<String, String> annotations = copy.getMetadata().getAnnotations();
    Map<String, String> extended = new TreeMap<>(annotations == null ? Map.of() : annotations);
    extended.put(PLAN_HASH, hash);
    copy.getMetadata().setAnnotations(extended);
    return copy;
  }

  /** Deletes an object that is no longer planned. */
  void delete(HasMetadata object) {
    lastApplies.remove(ResourceId.of(object));
    client.resource(object).delete();
  }

  private static String hash(JsonNode wanted) {
    try {
      byte[] text =
          JSON.writeValueAsString(JSON.treeToValue(wanted, Object.class))
              .getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(Sha256.digest(text), 0, 8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a Kubernetes object is always valid JSON", e);
    }
  }
}
