package io.flowcore.operator.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeyStatus;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import io.flowcore.operator.gather.DataCoreGatherer;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.key.KeyIssue;
import io.flowcore.operator.key.KeySecret;
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

/** Makes and rotates the keys that are to be made, and gives webhook keys their status. */
@ControllerConfiguration(name = "webhookkey")
final class WebhookKeyReconciler extends MemberReconciler<WebhookKey, WebhookKeyStatus> {
  private static final Duration WRITE_AGAIN = Duration.ofSeconds(10);

  private final KeySecret secret;

  WebhookKeyReconciler(ReconcilerContext operation, KubernetesClient client) {
    super(operation, "webhookkey-triggers", WebhookKey::new);
    secret = new KeySecret(client, KeyIssue.random());
  }

  @Override
  Optional<String> dataCore(WebhookKey resource, DataCoreGatherer families) {
    return Index.dataCore(resource);
  }

  @Override
  DataCoreInputs orphan(WebhookKey resource, DataCoreGatherer families) {
    return DataCoreInputs.orphans(
        ResourceId.of(resource).namespace(), List.of(), List.of(), List.of(resource));
  }

  @Override
  WebhookKeyStatus pending(WebhookKey resource, List<Condition> conditions) {
    return new WebhookKeyStatus(
        resource.getMetadata().getGeneration(), conditions, null, null, null, null, null);
  }

  @Override
  List<Condition> conditions(WebhookKeyStatus status) {
    return status.conditions();
  }

  @Override
  Update<WebhookKeyStatus> update(WebhookKey resource, MemberState view, Instant now) {
    boolean makes =
        resource.getSpec().secretName() != null
            && view.webhooks().isPresent()
            && view.refusals().stream().allMatch(WebhookKeyReconciler::secretAlone);
    MemberState seen = view;
    Optional<Instant> nextRotation = Optional.empty();
    Optional<Instant> again = Optional.empty();
    if (makes) {
      KeySecret.Result result = secret.reconcile(resource, view, families(), now);
      switch (result) {
        case KeySecret.Foreign foreign -> seen = refused(view, foreign.message());
        case KeySecret.NotWritten failed -> {
          seen = notWritten(view, failed.message());
          again = Optional.of(now.plus(WRITE_AGAIN));
        }
        case KeySecret.Held held -> {
          again = held.again();
          nextRotation = held.nextRotation();
          operation().announcer().key(resource, held.change());
          seen = view.refusals().isEmpty() ? view : made(view);
        }
      }
    }
    announce(resource, seen);
    return new Update<>(
        MemberStatuses.webhookKey(resource.getStatus(), seen, nextRotation, now),
        sooner(again, expiry(view, now)));
  }

  private DataCoreGatherer families() {
    return operation().families().orElseThrow();
  }

  /** Refusals that making the key, or making it anew, may heal. */
  private static boolean secretAlone(ValidationFailure refusal) {
    return refusal.reason() == Reason.SECRET_NOT_FOUND || refusal.reason() == Reason.INVALID_KEY;
  }

  /** What it was refused for is put right; its data core will hear of that in a moment. */
  private static MemberState made(MemberState view) {
    return new MemberState(
        view.generation(),
        List.of(),
        Optional.empty(),
        ConditionState.no(Conditions.PENDING, "the key was made; waiting for the workers"),
        view.ready(),
        view.webhooks());
  }

  /** The key is right, and does not get where it should. */
  private static MemberState notWritten(MemberState view, String message) {
    return new MemberState(
        view.generation(),
        view.refusals(),
        view.entry(),
        ConditionState.no("ApplyFailed", message),
        view.ready(),
        view.webhooks());
  }

  private static MemberState refused(MemberState view, String message) {
    return new MemberState(
        view.generation(),
        List.of(ValidationFailure.of(Reason.SECRET_CONFLICT, message)),
        Optional.empty(),
        view.programmed(),
        view.ready(),
        view.webhooks());
  }

  private static Optional<Instant> expiry(MemberState view, Instant now) {
    return view.entry()
        .map(ResolvedKey.class::cast)
        .flatMap(entry -> entry.key().expiresAt())
        .filter(now::isBefore);
  }

  private static Optional<Instant> sooner(Optional<Instant> one, Optional<Instant> other) {
    return Stream.of(one, other).flatMap(Optional::stream).min(Instant::compareTo);
  }
}
