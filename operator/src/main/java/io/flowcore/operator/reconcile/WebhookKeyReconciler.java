package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeyStatus;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.key.KeyIssuer;
import io.flowcore.operator.key.KeySecretWriter;
import io.flowcore.operator.plan.WebhookUrls;
import io.flowcore.operator.resolve.Resolution.ResolvedKey;
import io.flowcore.operator.status.ConditionState;
import io.flowcore.operator.status.Conditions;
import io.flowcore.operator.status.MemberState;
import io.flowcore.operator.status.MemberStatuses;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Creates and rotates generated keys, and writes the status of webhook keys. */
@ControllerConfiguration(name = "webhookkey")
final class WebhookKeyReconciler extends MemberReconciler<WebhookKey, WebhookKeyStatus> {
  private static final Duration RETRY_WRITE = Duration.ofSeconds(10);

  private final KeySecretWriter secretWriter;

  WebhookKeyReconciler(ReconcilerContext reconcilerContext, KubernetesClient client) {
    super(reconcilerContext, "webhookkey-internal-events", WebhookKey::new);
    secretWriter = new KeySecretWriter(client, KeyIssuer.random());
  }

  @Override
  Optional<String> dataCore(WebhookKey resource, DataCoreGatherer gatherer) {
    return Index.dataCore(resource);
  }

  @Override
  DataCoreInputs withoutDataCore(WebhookKey resource, DataCoreGatherer gatherer) {
    return DataCoreInputs.withoutDataCore(
        ResourceId.of(resource).namespace(), List.of(), List.of(), List.of(resource));
  }

  @Override
  WebhookKeyStatus notReconciled(WebhookKey resource, List<Condition> conditions) {
    return new WebhookKeyStatus(
        resource.getMetadata().getGeneration(), conditions, null, null, null, null, null);
  }

  @Override
  List<Condition> conditions(WebhookKeyStatus status) {
    return status.conditions();
  }

  @Override
  Update<WebhookKeyStatus> update(WebhookKey resource, MemberState state, Instant now) {
    MemberState current = state;
    Optional<Instant> nextRotation = Optional.empty();
    Optional<Instant> nextWrite = Optional.empty();
    if (isGenerated(resource, state)) {
      switch (writeSecret(resource, state, state.webhookUrls().orElseThrow(), now)) {
        case KeySecretWriter.Conflict conflict ->
            current =
                state.withoutEntry(
                    List.of(ValidationFailure.of(Reason.SECRET_CONFLICT, conflict.message())));
        case KeySecretWriter.WriteFailed failed -> {
          current = state.withProgrammed(ConditionState.no("ApplyFailed", failed.message()));
          nextWrite = Optional.of(now.plus(RETRY_WRITE));
        }
        case KeySecretWriter.UpToDate upToDate -> {
          nextWrite = upToDate.nextChange();
          nextRotation = upToDate.nextRotation();
          reconcilerContext().eventRecorder().keyChanged(resource, upToDate.change());
          current = state.failures().isEmpty() ? state : withCreatedKey(state);
        }
      }
    }
    recordValidation(resource, current);
    return new Update<>(
        MemberStatuses.webhookKey(resource.getStatus(), current, nextRotation, now),
        earlier(nextWrite, expiration(state, now)));
  }

  /** Returns whether the operator must write the key of an otherwise valid resource. */
  private static boolean isGenerated(WebhookKey resource, MemberState state) {
    return resource.getSpec().secretName() != null
        && state.webhookUrls().isPresent()
        && state.failures().stream().allMatch(WebhookKeyReconciler::isSolvedByWriting);
  }

  /** The Secret does not exist yet, or its key is invalid and will be replaced. */
  private static boolean isSolvedByWriting(ValidationFailure failure) {
    return failure.reason() == Reason.SECRET_NOT_FOUND || failure.reason() == Reason.INVALID_KEY;
  }

  private KeySecretWriter.Result writeSecret(
      WebhookKey resource, MemberState state, WebhookUrls urls, Instant now) {
    Optional<Secret> existing =
        reconcilerContext()
            .gatherer()
            .orElseThrow()
            .secret(ResourceId.of(resource).namespace(), resource.getSpec().secretName());
    List<String> eventTypes =
        state.entry().map(ResolvedKey.class::cast).map(ResolvedKey::eventTypes).orElse(List.of());
    return secretWriter.write(resource, existing, urls, eventTypes, now);
  }

  /** The failure is solved; the reconciler of the data core will receive the Secret in a moment. */
  private static MemberState withCreatedKey(MemberState state) {
    return state
        .withoutEntry(List.of())
        .withProgrammed(
            ConditionState.no(
                Conditions.PENDING, "the key was created; waiting for the workers to load it"));
  }

  private static Optional<Instant> expiration(MemberState state, Instant now) {
    return state
        .entry()
        .map(ResolvedKey.class::cast)
        .flatMap(entry -> entry.key().expiresAt())
        .filter(now::isBefore);
  }

  private static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
    return Stream.of(one, other).flatMap(Optional::stream).min(Instant::compareTo);
  }
}
