package io.flowcore.worker.ingest;

import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Durations;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Determines how long an event stays in the hot store. */
final class Ttl {
  private static final Pattern BARE_SECONDS = Pattern.compile("[0-9]{1,12}");

  private Ttl() {}

  /**
   * Returns the TTL in seconds.
   *
   * @param requested the metadata entry {@link MetadataKeys#TTL}. The published clients send {@code
   *     "true"}, which means the default of the event type
   * @throws ApiException if the entry is not a duration or is out of range
   */
  static long parseSeconds(Optional<String> requested, EventTypeEntry eventType) {
    if (requested.isEmpty() || requested.get().equals("true")) {
      return eventType.hotSeconds();
    }
    String text = requested.get();
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
              + "'; set a duration such as 5d, 12h, 30m, 45s or 1d12h, or a number of seconds");
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
