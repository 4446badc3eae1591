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

/** Decides whether a Secret belongs to a WebhookKey or to another owner. */
public final class SecretOwnership {
  private SecretOwnership() {}

  /**
   * Returns whether a Secret belongs to a key: the key owns it, or it has no owner and an operator
   * created it, as after a restore from a backup.
   */
  public static boolean belongsTo(Secret secret, WebhookKey key) {
    List<OwnerReference> owners = secret.getMetadata().getOwnerReferences();
    boolean hasNoOwner = owners == null || owners.isEmpty();
    return hasNoOwner ? isCreatedByOperator(secret) : secret.hasOwnerReferenceFor(key);
  }

  private static boolean isCreatedByOperator(Secret secret) {
    Map<String, String> labels = secret.getMetadata().getLabels();
    return labels != null
        && ManagedMetadata.OPERATOR.equals(labels.get(ManagedMetadata.MANAGED_BY))
        && !labels.containsKey(ManagedMetadata.DATA_CORE);
  }

  /** Returns the message for a key whose Secret belongs to another owner. */
  public static String conflictMessage(ResourceId secret) {
    return "spec.secretName names "
        + secret
        + ", which exists and does not belong to this WebhookKey; choose another name, or use"
        + " existingSecretRef to use the key in the Secret";
  }

  /** Returns the failures of the keys whose Secret belongs to another owner. */
  static Map<ResourceId, List<ValidationFailure>> conflicts(DataCoreInputs inputs) {
    Map<ResourceId, List<ValidationFailure>> conflicts = new HashMap<>();
    for (WebhookKey key : inputs.webhookKeys()) {
      secret(key, inputs)
          .filter(secret -> !belongsTo(secret, key))
          .ifPresent(secret ->
              conflicts.put(
                  ResourceId.of(key),
                  List.of(
                      ValidationFailure.of(
                          Reason.SECRET_CONFLICT, conflictMessage(ResourceId.of(secret))))));
    }
    return conflicts;
  }

  private static Optional<Secret> secret(WebhookKey key, DataCoreInputs inputs) {
    return Optional.ofNullable(key.getSpec())
        .map(WebhookKeySpec::secretName)
        .flatMap(inputs::secret);
  }
}
