package io.flowcore.worker.ingest;

import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.json.JsonSplitter.Slice;
import io.flowcore.worker.ingest.json.JsonSplitter.TimeField;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Adds times, expiration and metadata to the events of one request. */
public final class EventEnricher {
  /** Shared by all events without metadata of their own. */
  private static final byte[] PRODUCER_ONLY =
      MetadataHeader.encode(Map.of(MetadataKeys.PRODUCER, MetadataKeys.DEFAULT_PRODUCER));

  private static final String VALID_TIME_HEADER = "x-flowcore-valid-time";
  private static final ValidTime SAME_AS_EVENT_TIME = new ValidTime.SameAsEventTime();

  /** The expiry and the time of ingestion are known at the commit only; see {@link NewEvent}. */
  private static final long SET_AT_COMMIT = 0;

  /** Error messages quote at most this many characters of a metadata value. */
  private static final int MAX_QUOTED_CHARACTERS = 40;

  private final ResolvedEventType resolved;
  private final Instant now;
  private final Map<String, String> metadata;
  private final OptionalLong ttlSeconds;
  private final boolean archive;
  private final Optional<String> eventTimeHeader;
  private final Optional<String> validTimeHeader;

  /** Event time and details of every event that does not contain a time of its own. */
  private final long sharedEventTicks;

  private final EventDetails sharedDetails;

  /**
   * Validates the headers, which apply to every event of the request.
   *
   * @param now the time of the request, which limits event times in the future
   * @throws ApiException if a header is not valid
   */
  public EventEnricher(ResolvedEventType resolved, EventHeaders headers, Instant now) {
    this.resolved = resolved;
    this.now = now;
    metadata = headers.metadata().map(MetadataHeader::parse).orElse(Map.of());
    ttlSeconds =
        OptionalLong.of(
            Ttl.parseSeconds(
                Optional.ofNullable(metadata.get(MetadataKeys.TTL)), resolved.eventType()));
    archive = resolved.eventType().archive() && !isExcludedFromArchive(metadata);
    eventTimeHeader = headers.eventTime();
    validTimeHeader = headers.validTime();
    sharedEventTicks =
        eventTimeHeader
            .map(text -> parseEventTicks("x-flowcore-event-time", text))
            .orElse(NewEvent.WHEN_COMMITTED);
    sharedDetails =
        details(
            eventTimeHeader,
            validTimeHeader,
            validTimeHeader.map(text -> parseValidTime(VALID_TIME_HEADER, text)));
  }

  /** Accepts only true and false: a typo must not archive an event that should stay out. */
  private static boolean isExcludedFromArchive(Map<String, String> metadata) {
    String value = metadata.getOrDefault(MetadataKeys.DO_NOT_ARCHIVE, "false");
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new ApiException(
              ErrorCode.INVALID_METADATA,
              MetadataKeys.DO_NOT_ARCHIVE
                  + " is '"
                  + value.substring(0, Math.min(value.length(), MAX_QUOTED_CHARACTERS))
                  + "'; it must be true or false");
    };
  }

  /**
   * Returns the event in a slice of a body.
   *
   * @throws ApiException if a time in this event is not valid. It does not name the event's index
   */
  public NewEvent enrich(byte[] body, Slice slice) {
    if (slice.eventTime().isEmpty() && slice.validTime().isEmpty()) {
      return new NewEvent(
          resolved.eventType().id(),
          sharedEventTicks,
          ttlSeconds,
          sharedDetails,
          body,
          slice.offset(),
          slice.length());
    }
    Optional<String> eventText =
        slice.eventTime().map(field -> requireText(field, ErrorCode.INVALID_EVENT_TIME));
    Optional<String> validText =
        slice.validTime().map(field -> requireText(field, ErrorCode.INVALID_VALID_TIME));
    long ticks =
        eventText
            .map(text -> parseEventTicks("the field '" + slice.eventTime().get().key() + "'", text))
            .orElse(sharedEventTicks);
    Optional<ValidTime> validTime =
        validText
            .map(text -> parseValidTime("the field '" + slice.validTime().get().key() + "'", text))
            .or(() -> validTimeHeader.map(text -> parseValidTime(VALID_TIME_HEADER, text)));
    EventDetails details =
        details(
            eventText.or(() -> eventTimeHeader), validText.or(() -> validTimeHeader), validTime);
    return new NewEvent(
        resolved.eventType().id(),
        ticks,
        ttlSeconds,
        details,
        body,
        slice.offset(),
        slice.length());
  }

  private EventDetails details(
      Optional<String> eventText, Optional<String> validText, Optional<ValidTime> validTime) {
    return new EventDetails(
        SET_AT_COMMIT,
        SET_AT_COMMIT,
        validTime.orElse(SAME_AS_EVENT_TIME),
        archive,
        encodeMetadata(eventText, validText));
  }

  private byte[] encodeMetadata(Optional<String> eventText, Optional<String> validText) {
    if (metadata.isEmpty() && eventText.isEmpty() && validText.isEmpty()) {
      return PRODUCER_ONLY;
    }
    Map<String, String> all = new LinkedHashMap<>(metadata);
    // Only the worker writes these entries, so entries of the client with these names are dropped.
    MetadataKeys.WRITTEN_BY_WORKER.forEach(all::remove);
    all.putIfAbsent(MetadataKeys.PRODUCER, MetadataKeys.DEFAULT_PRODUCER);
    eventText.ifPresent(
        text -> all.put(MetadataKeys.EVENT_TIME, EventTime.format(Timestamps.parse(text))));
    validText.ifPresent(
        text -> all.put(MetadataKeys.VALID_TIME, EventTime.format(Timestamps.parse(text))));
    return MetadataHeader.encode(all);
  }

  private static String requireText(TimeField field, ErrorCode code) {
    if (field.repeated()) {
      throw new ApiException(
          code, "the field '" + field.key() + "' appears more than once; send it once");
    }
    return field
        .text()
        .orElseThrow(() ->
            new ApiException(
                code, "the field '" + field.key() + "' must be a string that contains a time"));
  }

  private long parseEventTicks(String source, String text) {
    try {
      return Timestamps.parseEventTicks(text, now, resolved.dataCore().limits());
    } catch (DateTimeException e) {
      throw new ApiException(ErrorCode.INVALID_EVENT_TIME, source + ": " + e.getMessage());
    }
  }

  private static ValidTime parseValidTime(String source, String text) {
    try {
      Instant time = Timestamps.parse(text);
      return new ValidTime.At(time.getEpochSecond(), time.getNano());
    } catch (DateTimeException e) {
      throw new ApiException(ErrorCode.INVALID_VALID_TIME, source + ": " + e.getMessage());
    }
  }
}
