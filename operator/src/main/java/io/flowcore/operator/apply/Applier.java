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
import io.flowcore.catalog.Ids;
import io.flowcore.catalog.ResourceId;
import io.flowcore.operator.plan.Names;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Brings objects into the cluster by server-side apply, with one field manager. An object that is
 * as it should be is not written, nor asked for: what is there comes from a cache.
 *
 * <p>A field that left the plan is still there and would not be noticed, so each object carries the
 * hash of its plan as an annotation.
 */
public final class Applier {
  /** Annotation with the hash of what was planned. */
  public static final String PLAN_HASH = "flowcore.io/plan-hash";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private final KubernetesClient client;
  private final PatchContext context;
  private final String fieldManager;
  private final PatchContext handingOver;
  private final Map<ResourceId, Applied> applied = new ConcurrentHashMap<>();

  /** An apply, and the version that the cache had before it. */
  private record Applied(String hash, Optional<String> before, String after) {}

  /** Applies under a name that the API server notes beside each field. */
  public Applier(KubernetesClient client, String fieldManager) {
    this.client = client;
    this.fieldManager = fieldManager;
    context = context(fieldManager);
    handingOver = context(fieldManager + "-handover");
  }

  private static PatchContext context(String fieldManager) {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(fieldManager)
        .withForce(true)
        .build();
  }

  /**
   * What was done to an object.
   *
   * @param difference the first field that was not as planned; empty if nothing was written
   */
  public record Outcome(HasMetadata object, Optional<String> difference) {}

  /**
   * Brings an object into the cluster.
   *
   * @param actual what a cache says is there
   * @throws KubernetesClientException if the API server refuses it or can't be reached
   */
  public Outcome apply(HasMetadata planned, Optional<? extends HasMetadata> actual) {
    JsonNode wanted = JSON.valueToTree(planned);
    String hash = hash(wanted);
    Optional<String> difference =
        actual.isEmpty()
            ? Optional.of("metadata.name")
            : Differences.first(wanted, JSON.valueToTree(actual.get()))
                .or(() -> left(actual.get(), hash));
    ResourceId id = ResourceId.of(planned);
    Optional<String> version = actual.map(object -> object.getMetadata().getResourceVersion());
    if (difference.isEmpty() || isSettled(applied.get(id), hash, version)) {
      return new Outcome(planned, Optional.empty());
    }
    refuseForeign(planned, actual);
    if (actual.isPresent()) {
      handOver(planned, actual.get());
    }
    HasMetadata written = client.resource(annotated(planned, hash)).patch(context);
    applied.put(id, new Applied(hash, version, written.getMetadata().getResourceVersion()));
    return new Outcome(written, difference);
  }

  /**
   * Leaves the number of pods as it is where a plan says none any more, because an autoscaler will.
   * A field that its only manager leaves out is removed, and a Deployment without a number has one
   * pod; so another manager takes it before. See "transferring ownership" in the documentation of
   * server-side apply.
   */
  private void handOver(HasMetadata planned, HasMetadata actual) {
    boolean left =
        planned instanceof Deployment wanted
            && wanted.getSpec().getReplicas() == null
            && actual instanceof Deployment there
            && there.getSpec().getReplicas() != null
            && ownsReplicas(there);
    if (left) {
      Deployment number =
          new DeploymentBuilder()
              .withNewMetadata()
              .withNamespace(actual.getMetadata().getNamespace())
              .withName(actual.getMetadata().getName())
              .endMetadata()
              .withNewSpec()
              .withReplicas(((Deployment) actual).getSpec().getReplicas())
              .endSpec()
              .build();
      client.resource(number).patch(handingOver);
    }
  }

  private boolean ownsReplicas(Deployment there) {
    return there.getMetadata().getManagedFields().stream()
        .filter(entry -> fieldManager.equals(entry.getManager()))
        .anyMatch(entry -> JSON.valueToTree(entry.getFieldsV1()).path("f:spec").has("f:replicas"));
  }

  /** Thrown where an object of a planned name is there and is somebody else's. */
  public static final class ForeignObjectException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ForeignObjectException(ResourceId id) {
      super(id + " exists and was not made by this operator; rename or delete one of the two");
    }
  }

  /**
   * Most caches know only what carries the operator's label. What they lack may be there all the
   * same, and an apply would take it over, and the garbage collector delete it some day.
   */
  private void refuseForeign(HasMetadata planned, Optional<? extends HasMetadata> known) {
    HasMetadata there = known.isPresent() ? known.get() : client.resource(planned).get();
    if (there != null && !isOurs(planned, there)) {
      throw new ForeignObjectException(ResourceId.of(planned));
    }
  }

  /** It says so by its labels, or by its owner where somebody took them away. */
  private static boolean isOurs(HasMetadata planned, HasMetadata there) {
    boolean labelled =
        Stream.of(Names.MANAGED_BY, Names.DATA_CORE)
            .allMatch(label -> label(planned, label).equals(label(there, label)));
    return labelled
        || planned.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> there.hasOwnerReferenceFor(owner.getUid()));
  }

  private static Optional<String> label(HasMetadata object, String label) {
    return Optional.ofNullable(object.getMetadata().getLabels()).map(labels -> labels.get(label));
  }

  /** Whether something left the plan that may still be there. */
  private static Optional<String> left(HasMetadata actual, String hash) {
    Map<String, String> annotations = actual.getMetadata().getAnnotations();
    boolean same = annotations != null && hash.equals(annotations.get(PLAN_HASH));
    return same ? Optional.empty() : Optional.of("metadata.annotations." + PLAN_HASH);
  }

  /**
   * Whether this was applied already: the cache has not heard of it yet, or the API server writes a
   * value in another way than the plan.
   */
  private static boolean isSettled(Applied known, String hash, Optional<String> version) {
    return known != null
        && known.hash().equals(hash)
        && version.isPresent()
        && (known.before().equals(version) || known.after().equals(version.get()));
  }

  private <T extends HasMetadata> T annotated(T planned, String hash) {
    T copy = client.getKubernetesSerialization().clone(planned);
    Map<String, String> annotations = copy.getMetadata().getAnnotations();
    Map<String, String> more = new TreeMap<>(annotations == null ? Map.of() : annotations);
    more.put(PLAN_HASH, hash);
    copy.getMetadata().setAnnotations(more);
    return copy;
  }

  /** What the API server said. It names objects and fields, and holds no content of Secrets. */
  public static String reason(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : e.getClass().getSimpleName() + " with code " + e.getCode();
  }

  /** Removes an object that is in no plan any more. */
  public void delete(HasMetadata object) {
    applied.remove(ResourceId.of(object));
    client.resource(object).delete();
  }

  private static String hash(JsonNode wanted) {
    try {
      byte[] text =
          JSON.writeValueAsString(JSON.treeToValue(wanted, Object.class))
              .getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(Ids.digest("SHA-256", text), 0, 8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a Kubernetes object is JSON", e);
    }
  }
}
