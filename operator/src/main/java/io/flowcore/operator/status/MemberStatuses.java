package io.flowcore.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.api.v1alpha1.EventTypeStatus;
import io.flowcore.api.v1alpha1.FlowTypeStatus;
import io.flowcore.api.v1alpha1.WebhookKeyStatus;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Durations;
import io.flowcore.operator.resolve.Resolution.ResolvedEventType;
import io.flowcore.operator.resolve.Resolution.ResolvedFlowType;
import io.flowcore.operator.resolve.Resolution.ResolvedKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Statuses of what belongs to a data core. Pure. */
public final class MemberStatuses {
  private static final int FINGERPRINT = 12;

  private MemberStatuses() {}

  /** The status of a flow type. */
  public static FlowTypeStatus flowType(FlowTypeStatus before, MemberState view, Instant now) {
    Optional<ResolvedFlowType> in = view.entry().map(ResolvedFlowType.class::cast);
    return new FlowTypeStatus(
        view.generation(),
        conditions(before == null ? null : before.conditions(), view, now),
        in.map(entry -> entry.flowType().id().toString()).orElse(null),
        in.map(entry -> entry.flowType().eventTypes().size()).orElse(null));
  }

  /** The status of an event type. */
  public static EventTypeStatus eventType(EventTypeStatus before, MemberState view, Instant now) {
    Optional<ResolvedEventType> in = view.entry().map(ResolvedEventType.class::cast);
    return new EventTypeStatus(
        view.generation(),
        conditions(before == null ? null : before.conditions(), view, now),
        in.map(entry -> entry.eventType().id().toString()).orElse(null),
        in.map(entry -> effective(entry.eventType())).orElse(null),
        in.flatMap(entry -> view.webhooks().map(webhooks -> urls(entry, webhooks))).orElse(null));
  }

  private static EventTypeStatus.Effective effective(EventTypeEntry entry) {
    return new EventTypeStatus.Effective(
        Durations.format(entry.hotSeconds()),
        Durations.format(entry.maxTtlSeconds()),
        entry.archive(),
        (long) entry.maxEventBytes());
  }

  private static EventTypeStatus.Urls urls(ResolvedEventType entry, MemberState.Webhooks webhooks) {
    String flow = entry.flowType().name();
    String type = entry.eventType().name();
    return new EventTypeStatus.Urls(
        webhooks.of("event", flow, type),
        webhooks.of("events", flow, type),
        webhooks.of("file", flow, type));
  }

  /** The status of a webhook key. Fingerprints only: nothing in it opens anything. */
  public static WebhookKeyStatus webhookKey(
      WebhookKeyStatus before, MemberState view, Optional<Instant> nextRotation, Instant now) {
    Optional<ResolvedKey> in = view.entry().map(ResolvedKey.class::cast);
    String lastId = before == null ? null : before.keyId();
    return new WebhookKeyStatus(
        view.generation(),
        conditions(before == null ? null : before.conditions(), withKeyState(view, in, now), now),
        in.map(entry -> entry.key().keyId()).orElse(lastId),
        in.map(entry -> generations(entry.key(), now)).orElse(null),
        in.map(entry -> entry.eventTypes().size()).orElse(null),
        view.webhooks().map(MemberState.Webhooks::url).orElse(null),
        nextRotation.map(Instant::toString).orElse(null));
  }

  private static List<WebhookKeyStatus.Generation> generations(KeyEntry key, Instant now) {
    return key.digests().stream()
        .filter(digest -> digest.notAfter().isEmpty() || now.isBefore(digest.notAfter().get()))
        .map(digest ->
            new WebhookKeyStatus.Generation(
                digest.sha256().substring(0, FINGERPRINT),
                digest.notAfter().map(Instant::toString).orElse(null)))
        .toList();
  }

  private static MemberState withKeyState(MemberState view, Optional<ResolvedKey> in, Instant now) {
    if (in.isEmpty()) {
      return view;
    }
    KeyEntry key = in.get().key();
    ConditionState ready = view.ready();
    if (key.suspended()) {
      ready = ConditionState.no("Suspended", "spec.suspended is true; workers refuse the key");
    } else if (key.expiresAt().filter(end -> !now.isBefore(end)).isPresent()) {
      ready = ConditionState.no("Expired", "spec.expiresAt has passed; workers refuse the key");
    }
    return new MemberState(
        view.generation(),
        view.refusals(),
        view.entry(),
        view.programmed(),
        ready,
        view.webhooks());
  }

  private static List<Condition> conditions(List<Condition> before, MemberState view, Instant now) {
    return Conditions.of(
        before, view.generation(), now, view.refusals(), view.programmed(), view.ready());
  }
}
