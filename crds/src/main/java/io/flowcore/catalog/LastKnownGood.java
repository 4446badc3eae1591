package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Decides which version of each resource is active after a change. An invalid change must not stop
 * ingestion, and a revocation must not wait until the rest of the change is valid.
 *
 * <ol>
 *   <li>An accepted resource is active in its newest version.
 *   <li>A rejected resource keeps its last known good version, the one that was active before. Its
 *       validation failures are still reported, with {@link #NOTE} added.
 *   <li>A rejected resource without a last known good version is not active.
 *   <li>A deleted resource is not active, whatever its last version was.
 *   <li>A resource that is rejected only because its parent is rejected is decided after all
 *       others: when the parent keeps its last known good version, the newest version of the child
 *       can be valid. The operator does this only for keys of a rejected DataCore.
 *   <li>A last known good version is active only if it passes validation together with the newest
 *       versions of the others. For example, its Secret must still exist.
 *   <li>A WebhookKey that is rejected for a revoking reason does not keep its last known good
 *       version.
 *   <li>An EventType that keeps its last known good version keeps what it inherited from its
 *       DataCore, also if the DataCore now has smaller limits.
 *   <li>A WebhookKey that keeps its last known good version is suspended if either version is
 *       suspended, and expires at the earlier of both expiry times. An unreadable expiry time is
 *       ignored.
 * </ol>
 *
 * <p>A worker that reads manifests knows the last known good version as a resource, and validates
 * it against the Secrets that it reads. The operator knows it as an entry of the catalog that it
 * wrote last, which has digests instead of Secrets; so it passes {@link #REVOKING_REASONS}.
 *
 * <p>Pure: values in, values out.
 */
public final class LastKnownGood {
  /** Added to the failures of a resource whose last known good version is active. */
  public static final String NOTE = " (its last known good version stays active)";

  /** The Secret of the key is missing or belongs to another owner, or the key id does. */
  public static final Set<Reason> REVOKING_REASONS =
      Set.of(Reason.SECRET_NOT_FOUND, Reason.SECRET_CONFLICT, Reason.KEY_CONFLICT);

  private static final Set<Reason> PARENT_REJECTED =
      Set.of(Reason.DATA_CORE_REJECTED, Reason.FLOW_TYPE_REJECTED);

  private LastKnownGood() {}

  /** The result of validating a set of resources together. */
  public interface Validation {
    /** Returns the failures of each existing resource; an empty list means accepted. */
    Map<ResourceId, List<ValidationFailure>> verdicts();
  }

  /**
   * Validates a set of resources together.
   *
   * @param <V> a last known good version
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Validator<V, R extends Validation> {
    /**
     * Validates the newest version of every resource.
     *
     * @param kept last known good versions, each of which replaces the newest version of its
     *     resource
     */
    R validate(Map<ResourceId, V> kept);
  }

  /**
   * The decision.
   *
   * @param <V> a last known good version
   * @param <R> the result of the validation
   * @param validation the last validation, with the last known good versions in place
   * @param kept the last known good versions that are active
   * @param failures the failures of the newest version of each resource
   */
  public record Outcome<V, R extends Validation>(
      R validation,
      Map<ResourceId, V> kept,
      SortedMap<ResourceId, List<ValidationFailure>> failures) {}

  /**
   * Applies the rule to all resources.
   *
   * @param <V> a last known good version
   * @param <R> the result of the validation
   * @param lastGood the last known good version of each resource that has one, {@linkplain
   *     #restrict restricted} if it is a key
   * @param revokingReasons with any of these reasons a WebhookKey does not keep its last good
   *     version. They do not affect other kinds: a data core whose Secret is missing keeps running.
   * @param validator called once, and once more for each set of versions that is kept
   */
  public static <V, R extends Validation> Outcome<V, R> apply(
      Map<ResourceId, V> lastGood, Set<Reason> revokingReasons, Validator<V, R> validator) {
    Map<ResourceId, V> replaced = new HashMap<>();
    Map<ResourceId, List<ValidationFailure>> reasons = new HashMap<>();
    R validation = validator.validate(Map.of());
    // Ends, because each round replaces at least one resource and none is replaced twice.
    var rejected = replaceable(validation, lastGood, revokingReasons, replaced.keySet());
    while (!rejected.isEmpty()) {
      reasons.putAll(rejected);
      rejected.keySet().forEach(id -> replaced.put(id, lastGood.get(id)));
      validation = validator.validate(Map.copyOf(replaced));
      rejected = replaceable(validation, lastGood, revokingReasons, replaced.keySet());
    }
    SortedMap<ResourceId, List<ValidationFailure>> failures = new TreeMap<>(validation.verdicts());
    failures.putAll(reasons);
    Map<ResourceId, List<ValidationFailure>> verdicts = validation.verdicts();
    replaced.keySet().removeIf(id -> !verdicts.getOrDefault(id, List.of()).isEmpty());
    return new Outcome<>(validation, Map.copyOf(replaced), withNotes(failures, replaced.keySet()));
  }

  /** Returns the rejected resources to replace next: those with failures of their own first. */
  private static Map<ResourceId, List<ValidationFailure>> replaceable(
      Validation validation,
      Map<ResourceId, ?> lastGood,
      Set<Reason> revokingReasons,
      Set<ResourceId> replaced) {
    Map<ResourceId, List<ValidationFailure>> invalid = new HashMap<>();
    Map<ResourceId, List<ValidationFailure>> parentRejected = new HashMap<>();
    validation
        .verdicts()
        .forEach((id, failures) -> {
          boolean isRevoked =
              id.kind() == ResourceKind.WEBHOOK_KEY
                  && reasons(failures).anyMatch(revokingReasons::contains);
          boolean isCandidate =
              !failures.isEmpty()
                  && lastGood.containsKey(id)
                  && !replaced.contains(id)
                  && !isRevoked;
          if (isCandidate) {
            boolean onlyParent = reasons(failures).allMatch(PARENT_REJECTED::contains);
            (onlyParent ? parentRejected : invalid).put(id, failures);
          }
        });
    return invalid.isEmpty() ? parentRejected : invalid;
  }

  private static Stream<Reason> reasons(List<ValidationFailure> failures) {
    return failures.stream().map(ValidationFailure::reason);
  }

  /**
   * Adds {@link #NOTE} to the failures of each resource whose last known good version is active.
   */
  public static SortedMap<ResourceId, List<ValidationFailure>> withNotes(
      Map<ResourceId, List<ValidationFailure>> failures, Set<ResourceId> kept) {
    SortedMap<ResourceId, List<ValidationFailure>> noted = new TreeMap<>(failures);
    kept.forEach(id ->
        noted.computeIfPresent(
            id, (same, all) -> all.stream().map(one -> one.withNote(NOTE)).toList()));
    return noted;
  }

  /**
   * Returns the last known good version of an event type, with the values that it inherited from
   * its data core. Without them, new defaults of the data core could change it or make it invalid.
   *
   * @param dataCore the last known good version of the data core
   */
  public static EventType withInheritedValues(EventType lastGood, DataCore dataCore) {
    EventType complete = new EventType();
    complete.setMetadata(lastGood.getMetadata());
    complete.setSpec(SpecConverter.withInheritedValues(lastGood.getSpec(), dataCore.getSpec()));
    return complete;
  }

  /** Returns the last known good version of a key, with the restrictions of its newest version. */
  public static WebhookKey restrict(WebhookKey lastGood, WebhookKey newest) {
    WebhookKeySpec spec = lastGood.getSpec();
    Optional<Instant> expiresAt = earlier(expiresAt(spec), expiresAt(newest.getSpec()));
    WebhookKey restricted = new WebhookKey();
    restricted.setMetadata(lastGood.getMetadata());
    restricted.setSpec(
        spec.limited(
            isSuspended(spec) || isSuspended(newest.getSpec()),
            expiresAt.map(Instant::toString).orElse(null)));
    return restricted;
  }

  /** Returns the last known good version of a key, with the restrictions of its newest version. */
  public static KeyEntry restrict(KeyEntry lastGood, WebhookKey newest) {
    return lastGood.restricted(
        lastGood.suspended() || isSuspended(newest.getSpec()),
        earlier(lastGood.expiresAt(), expiresAt(newest.getSpec())));
  }

  private static boolean isSuspended(WebhookKeySpec spec) {
    return spec != null && Boolean.TRUE.equals(spec.suspended());
  }

  private static Optional<Instant> expiresAt(WebhookKeySpec spec) {
    try {
      return Optional.ofNullable(spec)
          .map(WebhookKeySpec::expiresAt)
          .map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      // The validation reports it.
      return Optional.empty();
    }
  }

  private static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
    return Stream.concat(one.stream(), other.stream()).min(Instant::compareTo);
  }
}
