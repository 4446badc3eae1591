package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.EventTypeStatus;
import io.flowcore.api.v1alpha1.FlowTypeStatus;
import io.flowcore.api.v1alpha1.WebhookKeyStatus;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Durations;
import io.flowcore.operator.plan.WebhookUrls;
import io.flowcore.operator.resolve.Resolution.ResolvedEventType;
import io.flowcore.operator.resolve.Resolution.ResolvedFlowType;
import io.flowcore.operator.resolve.Resolution.ResolvedKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Builds the statuses of flow types, event types and webhook keys. Pure. */
public final class MemberStatuses {
  /** Enough hex digits to compare keys by eye, and too few to find one. */
  private static final int FINGERPRINT_LENGTH = 12;

  private MemberStatuses() {}

  /** Returns the status of a flow type. */
  public static FlowTypeStatus flowType(FlowTypeStatus before, MemberState state, Instant now) {
    Optional<ResolvedFlowType> in = state.entry().map(ResolvedFlowType.class::cast);
    return new FlowTypeStatus(
        state.generation(),
        conditions(before == null ? null : before.conditions(), state, now),
        in.map(entry -> entry.flowType().id().toString()).orElse(null),
        in.map(entry -> entry.flowType().eventTypes().size()).orElse(null));
  }

  /** Returns the status of an event type. */
  public static EventTypeStatus eventType(EventTypeStatus before, MemberState state, Instant now) {
    Optional<ResolvedEventType> in = state.entry().map(ResolvedEventType.class::cast);
    return new EventTypeStatus(
        state.generation(),
        conditions(before == null ? null : before.conditions(), state, now),
        in.map(entry -> entry.eventType().id().toString()).orElse(null),
        in.map(entry -> effective(entry.eventType())).orElse(null),
        in.flatMap(entry -> state.webhookUrls().map(urls -> urls(entry, urls))).orElse(null));
  }

  private static EventTypeStatus.Effective effective(EventTypeEntry entry) {
    return new EventTypeStatus.Effective(
        Durations.format(entry.hotSeconds()),
        Durations.format(entry.maxTtlSeconds()),
        entry.archive(),
        (long) entry.maxEventBytes(),
        entry.files());
  }

  private static EventTypeStatus.Urls urls(ResolvedEventType entry, WebhookUrls webhookUrls) {
    String flow = entry.flowType().name();
    String type = entry.eventType().name();
    return new EventTypeStatus.Urls(
        webhookUrls.event(flow, type),
        webhookUrls.events(flow, type),
        entry.eventType().files() ? webhookUrls.file(flow, type) : null);
  }

  /** Returns the status of a webhook key, which contains only fingerprints of keys. */
  public static WebhookKeyStatus webhookKey(
      WebhookKeyStatus before, MemberState state, Optional<Instant> nextRotation, Instant now) {
    Optional<ResolvedKey> in = state.entry().map(ResolvedKey.class::cast);
    String lastId = before == null ? null : before.keyId();
    return new WebhookKeyStatus(
        state.generation(),
        conditions(before == null ? null : before.conditions(), withKeyState(state, in, now), now),
        in.map(entry -> entry.key().keyId()).orElse(lastId),
        in.map(entry -> generations(entry.key(), now)).orElse(null),
        in.map(entry -> entry.eventTypes().size()).orElse(null),
        state.webhookUrls().map(WebhookUrls::baseUrl).orElse(null),
        nextRotation.map(Instant::toString).orElse(null));
  }

  private static List<WebhookKeyStatus.Generation> generations(KeyEntry key, Instant now) {
    return key.digests().stream()
        .filter(digest -> digest.notAfter().isEmpty() || now.isBefore(digest.notAfter().get()))
        .map(digest ->
            new WebhookKeyStatus.Generation(
                digest.sha256().substring(0, FINGERPRINT_LENGTH),
                digest.notAfter().map(Instant::toString).orElse(null)))
        .toList();
  }

  private static MemberState withKeyState(
      MemberState state, Optional<ResolvedKey> in, Instant now) {
    if (in.isEmpty()) {
      return state;
    }
    KeyEntry key = in.get().key();
    ConditionState ready = state.ready();
    if (key.suspended()) {
      ready =
          ConditionState.no(
              "Suspended",
              "spec.suspended is true; workers reject the key until it is set to false");
    } else if (key.expiresAt().filter(end -> !now.isBefore(end)).isPresent()) {
      ready =
          ConditionState.no(
              "Expired",
              "spec.expiresAt has passed; workers reject the key; set a later time to use it again");
    }
    return state.withReady(ready);
  }

  private static List<Condition> conditions(
      List<Condition> before, MemberState state, Instant now) {
    return Conditions.of(
        before, state.generation(), now, state.failures(), state.programmed(), state.ready());
  }
}
