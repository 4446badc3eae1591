package io.flowcore.worker.catalog;

import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** What stops a key: its suspension and its end. */
final class KeyLimits {
  private KeyLimits() {}

  /**
   * The version before, suspended if the new one is, and ending as early as the earlier of both.
   */
  static WebhookKey carriedOver(WebhookKey now, WebhookKey before) {
    WebhookKeySpec newest = now.getSpec();
    if (newest == null) {
      return before;
    }
    WebhookKeySpec last = before.getSpec();
    WebhookKey limited = new WebhookKey();
    limited.setMetadata(before.getMetadata());
    limited.setSpec(
        last.limited(
            Boolean.TRUE.equals(newest.suspended()) || Boolean.TRUE.equals(last.suspended()),
            endsEarlier(newest, last) ? newest.expiresAt() : last.expiresAt()));
    return limited;
  }

  private static boolean endsEarlier(WebhookKeySpec newest, WebhookKeySpec last) {
    Optional<Instant> end = end(newest);
    return end.isPresent() && end(last).map(end.get()::isBefore).orElse(true);
  }

  private static Optional<Instant> end(WebhookKeySpec spec) {
    try {
      return Optional.ofNullable(spec.expiresAt())
          .map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
