package io.flowcore.worker.ingest;

import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Durations;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** How long an event stays hot. */
final class Ttl {
  private static final Pattern BARE_SECONDS = Pattern.compile("[0-9]{1,12}");

  private Ttl() {}

  /**
   * Seconds to stay hot.
   *
   * @param asked the metadata entry {@link MetadataKeys#TTL}; {@code "true"}, which is what the
   *     published clients send, means the event type's own default
   */
  static long seconds(Optional<String> asked, EventTypeEntry eventType) {
    if (asked.isEmpty() || asked.get().equals("true")) {
      return eventType.hotSeconds();
    }
    String text = asked.get();
    OptionalLong seconds =
        BARE_SECONDS.matcher(text).matches()
            ? OptionalLong.of(Long.parseLong(text))
            : Durations.parseSeconds(text);
    if (seconds.isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_TTL,
          MetadataKeys.TTL
              + " is '"
              + text
              + "'; write 5d, 12h, 30m, 45s, a compound such as 1d12h, or seconds");
    }
    long limit = eventType.maxTtlSeconds();
    if (seconds.getAsLong() < 1 || seconds.getAsLong() > limit) {
      throw new ApiException(
          ErrorCode.INVALID_TTL,
          MetadataKeys.TTL + " is " + text + "; it must be from 1s to " + Durations.format(limit));
    }
    return seconds.getAsLong();
  }
}
