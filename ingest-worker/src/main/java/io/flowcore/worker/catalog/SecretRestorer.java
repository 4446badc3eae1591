package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.RotatingKey;
import io.flowcore.catalog.SecretData;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Restores single entries of Secrets: those that contained a key and now contain a text that is not
 * a key. An entry that is empty or missing was deleted and stays deleted. All other entries keep
 * their newest text.
 */
final class SecretRestorer {
  private final ResourceId id;
  private final Map<String, String> before;
  private final Map<String, String> newest;
  private final List<String> rejections;

  private SecretRestorer(ResourceId id, Secret before, Secret newest, List<String> rejections) {
    this.id = id;
    this.before = SecretData.decode(before);
    this.newest = SecretData.decode(newest);
    this.rejections = rejections;
  }

  /**
   * Replaces Secrets with invalid keys in the newest state.
   *
   * @param newest the newest state, which this changes
   * @param active the state before
   * @return messages for users, one for each invalid entry
   */
  static List<String> restore(
      SortedMap<ResourceId, HasMetadata> newest, Map<ResourceId, HasMetadata> active) {
    List<String> rejections = new ArrayList<>();
    keyEntries(newest, active)
        .forEach((id, entries) -> {
          if (newest.get(id) instanceof Secret now
              && active.get(id) instanceof Secret before
              && !now.equals(before)) {
            SecretRestorer restorer = new SecretRestorer(id, before, now, rejections);
            entries.forEach(restorer::restoreEntry);
            newest.put(id, restorer.restored(now));
          }
        });
    return rejections;
  }

  /** Returns the entries of each Secret that the newest or the active WebhookKeys refer to. */
  private static SortedMap<ResourceId, SortedSet<String>> keyEntries(
      Map<ResourceId, HasMetadata> newest, Map<ResourceId, HasMetadata> active) {
    SortedMap<ResourceId, SortedSet<String>> entries = new TreeMap<>();
    for (Map<ResourceId, HasMetadata> resources : List.of(newest, active)) {
      resources.forEach((id, resource) -> {
        if (resource instanceof WebhookKey key && key.getSpec() != null) {
          WebhookKeySpec spec = key.getSpec();
          var existing = spec.existingSecretRef();
          String secret = existing == null ? spec.secretName() : existing.name();
          String entry = existing == null ? null : existing.key();
          if (secret != null) {
            entries
                .computeIfAbsent(
                    new ResourceId(ResourceKind.SECRET, id.namespace(), secret),
                    name -> new TreeSet<>())
                .add(entry == null ? RotatingKey.KEY : entry);
          }
        }
      });
    }
    return entries;
  }

  private void restoreEntry(String entry) {
    RotatingKey last = RotatingKey.of(before, entry);
    if (last.keyId().isEmpty()) {
      return;
    }
    if (newest.containsKey(entry) && RotatingKey.of(newest, entry).keyId().isEmpty()) {
      reject(RotatingKey.invalidKeyMessage(id, entry));
      newest.put(entry, last.key().orElseThrow());
    }
    restorePreviousKey(RotatingKey.of(newest, entry), last);
  }

  /** An invalid previous key would make the current key invalid as well. */
  private void restorePreviousKey(RotatingKey now, RotatingKey last) {
    boolean valid = now.hasMatchingPreviousKey() && now.overlapEnd().isPresent();
    if (now.keyId().isEmpty() || now.previousKey().isEmpty() || valid) {
      return;
    }
    reject(
        "the entries %s and %s of %s must be a key with the id '%s' and an ISO 8601 instant; correct or remove both"
            .formatted(
                RotatingKey.PREVIOUS_KEY,
                RotatingKey.PREVIOUS_KEY_VALID_UNTIL,
                id,
                now.keyId().orElseThrow()));
    boolean lastIsValid =
        last.hasMatchingPreviousKey()
            && last.overlapEnd().isPresent()
            && last.keyId().equals(now.keyId());
    set(RotatingKey.PREVIOUS_KEY, lastIsValid ? last.previousKey() : Optional.empty());
    set(RotatingKey.PREVIOUS_KEY_VALID_UNTIL, lastIsValid ? last.validUntil() : Optional.empty());
  }

  private void set(String entry, Optional<String> text) {
    text.ifPresentOrElse(value -> newest.put(entry, value), () -> newest.remove(entry));
  }

  private void reject(String problem) {
    rejections.add(
        ActiveManifests.message(id, ValidationFailure.of(Reason.INVALID_KEY, problem))
            + LastKnownGood.NOTE);
  }

  private Secret restored(Secret read) {
    return new SecretBuilder(read).withData(Map.of()).withStringData(Map.copyOf(newest)).build();
  }
}
