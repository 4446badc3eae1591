package io.flowcore.worker.ingest;

import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.JsonSplitter.Cut;
import io.flowcore.worker.ingest.JsonSplitter.TimeField;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Gives the events of one request their times, their expiry and their metadata. */
final class EventEnricher {
  private static final byte[] NO_METADATA = {'{', '}'};
  private static final ValidTime SAME_AS_EVENT_TIME = new ValidTime.SameAsEventTime();

  private final ResolvedEventType route;
  private final Instant now;
  private final Map<String, String> metadata;
  private final long expiresAtSecond;
  private final boolean archive;
  private final Optional<String> eventTimeHeader;
  private final Optional<String> validTimeHeader;

  /** Characters of a value in a message. */
  private static final int MOST_SHOWN = 40;

  private final EventDetails shared;
  private final long sharedEventTicks;

  /** Checks the headers, which hold for every event of the request. */
  EventEnricher(ResolvedEventType route, EventHeaders headers, Instant now) {
    this.route = route;
    this.now = now;
    metadata = headers.metadata().map(MetadataHeader::parse).orElse(Map.of());
    expiresAtSecond =
        now.getEpochSecond()
            + Ttl.seconds(Optional.ofNullable(metadata.get(MetadataKeys.TTL)), route.eventType());
    archive = route.eventType().archive() && !neverArchive(metadata);
    eventTimeHeader = headers.eventTime();
    validTimeHeader = headers.validTime();
    sharedEventTicks =
        eventTimeHeader
            .map(text -> eventTicks("x-flowcore-event-time", text))
            .orElse(NewEvent.WHEN_COMMITTED);
    shared =
        details(
            eventTimeHeader,
            validTimeHeader,
            validTimeHeader.map(text -> validTime("x-flowcore-valid-time", text)));
  }

  /** Only true and false: a slip of the pen must not archive what should not be. */
  private static boolean neverArchive(Map<String, String> metadata) {
    String value = metadata.getOrDefault(MetadataKeys.DO_NOT_ARCHIVE, "false");
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new ApiException(
              ErrorCode.INVALID_METADATA,
              MetadataKeys.DO_NOT_ARCHIVE
                  + " must be true or false, not '"
                  + value.substring(0, Math.min(value.length(), MOST_SHOWN))
                  + "'");
    };
  }

  /** Stamps one event. Throws what belongs to this event, so that a batch can name its index. */
  NewEvent stamp(byte[] body, Cut cut) {
    if (cut.eventTime().isEmpty() && cut.validTime().isEmpty()) {
      return new NewEvent(
          route.eventType().id(), sharedEventTicks, shared, body, cut.offset(), cut.length());
    }
    Optional<String> eventText =
        cut.eventTime().map(field -> text(field, ErrorCode.INVALID_EVENT_TIME));
    Optional<String> validText =
        cut.validTime().map(field -> text(field, ErrorCode.INVALID_VALID_TIME));
    long ticks =
        eventText
            .map(text -> eventTicks("the field '" + cut.eventTime().get().key() + "'", text))
            .orElse(sharedEventTicks);
    Optional<String> validOrHeader = validText.or(() -> validTimeHeader);
    EventDetails details =
        details(
            eventText.or(() -> eventTimeHeader),
            validOrHeader,
            validOrHeader.map(text -> validTime("the valid time", text)));
    return new NewEvent(route.eventType().id(), ticks, details, body, cut.offset(), cut.length());
  }

  private EventDetails details(
      Optional<String> eventText, Optional<String> validText, Optional<ValidTime> validTime) {
    return new EventDetails(
        expiresAtSecond,
        now.toEpochMilli(),
        validTime.orElse(SAME_AS_EVENT_TIME),
        archive,
        metadata(eventText, validText));
  }

  private byte[] metadata(Optional<String> eventText, Optional<String> validText) {
    if (metadata.isEmpty() && eventText.isEmpty() && validText.isEmpty()) {
      return NO_METADATA;
    }
    Map<String, String> all = new LinkedHashMap<>(metadata);
    // The worker's own entries say what the worker did, whatever a sender calls its entries.
    MetadataKeys.WRITTEN_BY_WORKER.forEach(all::remove);
    eventText.ifPresent(
        text -> all.put(MetadataKeys.EVENT_TIME, EventTime.format(Timestamps.parse(text))));
    validText.ifPresent(
        text -> all.put(MetadataKeys.VALID_TIME, EventTime.format(Timestamps.parse(text))));
    return MetadataHeader.write(all);
  }

  private static String text(TimeField field, ErrorCode code) {
    return field
        .text()
        .orElseThrow(() ->
            new ApiException(code, "the field '" + field.key() + "' holds no text with a time"));
  }

  private long eventTicks(String source, String text) {
    try {
      return Timestamps.parseEventTicks(
          text, now, route.dataCore().limits().maxFutureSkewSeconds());
    } catch (DateTimeException e) {
      throw new ApiException(ErrorCode.INVALID_EVENT_TIME, source + ": " + e.getMessage());
    }
  }

  private static ValidTime validTime(String source, String text) {
    try {
      Instant time = Timestamps.parse(text);
      return new ValidTime.At(time.getEpochSecond(), time.getNano());
    } catch (DateTimeException e) {
      throw new ApiException(ErrorCode.INVALID_VALID_TIME, source + ": " + e.getMessage());
    }
  }
}
