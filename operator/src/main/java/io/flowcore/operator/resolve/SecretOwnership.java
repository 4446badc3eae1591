package io.flowcore.operator.resolve;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells Secrets that were made for a key from those that somebody else put under its name. */
public final class SecretOwnership {
  private SecretOwnership() {}

  /**
   * Whether a Secret was made for a key: it is its own, or nobody's and made by an operator, as one
   * that was restored from a backup.
   */
  public static boolean belongs(Secret secret, WebhookKey key) {
    List<OwnerReference> owners = secret.getMetadata().getOwnerReferences();
    boolean nobodys = owners == null || owners.isEmpty();
    return nobodys ? isMade(secret) : secret.hasOwnerReferenceFor(key);
  }

  private static boolean isMade(Secret secret) {
    Map<String, String> labels = secret.getMetadata().getLabels();
    return labels != null
        && ManagedMetadata.OPERATOR.equals(labels.get(ManagedMetadata.MANAGED_BY))
        && !labels.containsKey(ManagedMetadata.DATA_CORE);
  }

  /** Why a key is refused whose Secret is somebody else's. */
  public static String foreign(ResourceId secret) {
    return "spec.secretName names "
        + secret
        + ", which exists and is not of this key's making; choose another name, or use"
        + " existingSecretRef to use the key in it";
  }

  /** The keys of a family whose Secret is somebody else's. */
  static Map<ResourceId, List<ValidationFailure>> conflicts(DataCoreInputs family) {
    Map<ResourceId, List<ValidationFailure>> conflicts = new HashMap<>();
    for (WebhookKey key : family.webhookKeys()) {
      secret(key, family)
          .filter(secret -> !belongs(secret, key))
          .ifPresent(secret ->
              conflicts.put(
                  ResourceId.of(key),
                  List.of(
                      ValidationFailure.of(
                          Reason.SecretConflict, foreign(ResourceId.of(secret))))));
    }
    return conflicts;
  }

  private static Optional<Secret> secret(WebhookKey key, DataCoreInputs family) {
    return Optional.ofNullable(key.getSpec())
        .map(WebhookKeySpec::secretName)
        .flatMap(family::secret);
  }
}
