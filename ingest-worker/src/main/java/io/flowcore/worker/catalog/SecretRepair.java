package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.KeyGenerations;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.SecretEntries;
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
 * Puts back single entries of Secrets that an edit spoiled: those that hold a text which is no key
 * and held a key before. An entry that is empty or gone was deleted, and stays so; every other
 * entry of the Secret is taken as it is.
 */
final class SecretRepair {
  private final ResourceId id;
  private final Map<String, String> before;
  private final Map<String, String> now;
  private final List<String> refusals;

  private SecretRepair(ResourceId id, Secret before, Secret now, List<String> refusals) {
    this.id = id;
    this.before = SecretEntries.texts(before);
    this.now = SecretEntries.texts(now);
    this.refusals = refusals;
  }

  /**
   * Mends a state in place.
   *
   * @param inForce the state before
   * @return what was wrong, in sentences
   */
  static List<String> repair(
      SortedMap<ResourceId, HasMetadata> state, Map<ResourceId, HasMetadata> inForce) {
    List<String> refusals = new ArrayList<>();
    entries(state, inForce)
        .forEach((id, entries) -> {
          if (state.get(id) instanceof Secret now
              && inForce.get(id) instanceof Secret last
              && !now.equals(last)) {
            SecretRepair repair = new SecretRepair(id, last, now, refusals);
            entries.forEach(repair::entry);
            state.put(id, repair.mended(now));
          }
        });
    return refusals;
  }

  /** The entries of each Secret that keys are read from, by what was read or what may come back. */
  private static SortedMap<ResourceId, SortedSet<String>> entries(
      Map<ResourceId, HasMetadata> state, Map<ResourceId, HasMetadata> inForce) {
    SortedMap<ResourceId, SortedSet<String>> entries = new TreeMap<>();
    for (Map<ResourceId, HasMetadata> resources : List.of(state, inForce)) {
      resources.forEach((id, resource) -> {
        if (resource instanceof WebhookKey key && key.getSpec() != null) {
          WebhookKeySpec spec = key.getSpec();
          var existing = spec.existingSecretRef();
          String secret = existing == null ? spec.secretName() : existing.name();
          String entry = existing == null ? null : existing.key();
          if (secret != null) {
            entries
                .computeIfAbsent(
                    new ResourceId("Secret", id.namespace(), secret), name -> new TreeSet<>())
                .add(entry == null ? KeyGenerations.KEY : entry);
          }
        }
      });
    }
    return entries;
  }

  private void entry(String entry) {
    KeyGenerations last = KeyGenerations.of(before, entry);
    if (last.keyId().isEmpty()) {
      return;
    }
    if (now.containsKey(entry) && KeyGenerations.of(now, entry).keyId().isEmpty()) {
      refuse(KeyGenerations.noKey(id, entry));
      now.put(entry, last.key().orElseThrow());
    }
    previous(KeyGenerations.of(now, entry), last);
  }

  /** A previous key that is of no use would take the newest down as well. */
  private void previous(KeyGenerations newest, KeyGenerations last) {
    boolean good = newest.previousKeyFits() && newest.end().isPresent();
    if (newest.keyId().isEmpty() || newest.previousKey().isEmpty() || good) {
      return;
    }
    refuse(
        "the entries %s and %s of %s are no key with the id '%s' and no ISO 8601 instant"
            .formatted(
                KeyGenerations.PREVIOUS_KEY,
                KeyGenerations.PREVIOUS_KEY_VALID_UNTIL,
                id,
                newest.keyId().orElseThrow()));
    boolean lastFits =
        last.previousKeyFits() && last.end().isPresent() && last.keyId().equals(newest.keyId());
    put(KeyGenerations.PREVIOUS_KEY, lastFits ? last.previousKey() : Optional.empty());
    put(KeyGenerations.PREVIOUS_KEY_VALID_UNTIL, lastFits ? last.validUntil() : Optional.empty());
  }

  private void put(String entry, Optional<String> text) {
    text.ifPresentOrElse(value -> now.put(entry, value), () -> now.remove(entry));
  }

  private void refuse(String problem) {
    refusals.add(LastGood.sentence(id, Reason.InvalidKey, problem) + LastGood.KEPT);
  }

  private Secret mended(Secret read) {
    return new SecretBuilder(read).withData(Map.of()).withStringData(Map.copyOf(now)).build();
  }
}
