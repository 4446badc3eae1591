package io.flowcore.worker.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.LoneSurrogates;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.json.JsonSplitter;
import io.flowcore.worker.ingest.json.JsonSplitter.Slice;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Stores the events of a request body durably: all of them, or none. */
public final class Ingestion {
  /**
   * Without a table of names, whose cost grows with names that senders choose. Numbers keep the
   * default limit of 1,000 digits, because reading long ones takes much time.
   */
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNameLength(Integer.MAX_VALUE).build())
              .build());

  private final EventLog log;
  private final RequestDeduplicator deduplicator;
  private final Clock clock;

  /** Creates an ingestion that appends to a log. The clock sets the time of each request. */
  public Ingestion(EventLog log, RequestDeduplicator deduplicator, Clock clock) {
    this.log = log;
    this.deduplicator = deduplicator;
    this.clock = clock;
  }

  /**
   * Stores the single event in a body.
   *
   * @param length bytes of {@code body} that count
   * @throws ApiException if the event is not valid. Nothing is stored then
   * @throws StoreException if the event could not be made durable
   */
  public EventId single(ResolvedEventType resolved, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    return deduplicator
        .runOnce(
            resolved,
            headers,
            body,
            length,
            1,
            key -> log.append(List.of(readSingle(resolved, headers, body, length)), key))
        .getFirst();
  }

  private NewEvent readSingle(
      ResolvedEventType resolved, EventHeaders headers, byte[] body, int length) {
    Slice slice = JsonSplitter.parseSingle(body, length, headers.keys());
    return createEvent(
        new EventEnricher(resolved, headers, clock.instant()), resolved, body, slice);
  }

  /**
   * Stores the events of a batch.
   *
   * @param length bytes of {@code body} that count
   * @return their ids, in the order of the batch
   * @throws ApiException if an event is not valid. Nothing is stored then
   * @throws StoreException if the events could not be made durable
   */
  public List<EventId> batch(
      ResolvedEventType resolved, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    return deduplicator.runOnce(
        resolved,
        headers,
        body,
        length,
        1,
        key -> log.append(readBatch(resolved, headers, body, length), key));
  }

  private List<NewEvent> readBatch(
      ResolvedEventType resolved, EventHeaders headers, byte[] body, int length) {
    Batch batch = new Batch(resolved, new EventEnricher(resolved, headers, clock.instant()), body);
    int maxEvents = resolved.dataCore().limits().maxBatchEvents();
    JsonSplitter.parseBatch(body, length, headers.keys(), maxEvents, batch);
    return batch.events;
  }

  /**
   * Collects the events of a batch. Every event gets a copy of the request's metadata, so a small
   * body can become a large batch: the size is checked after each event.
   */
  private static final class Batch implements JsonSplitter.BatchSink {
    private final ResolvedEventType resolved;
    private final EventEnricher enricher;
    private final byte[] body;
    private final List<NewEvent> events = new ArrayList<>();
    private boolean rejected;
    private int count;
    private long bytes;

    Batch(ResolvedEventType resolved, EventEnricher enricher, byte[] body) {
      this.resolved = resolved;
      this.enricher = enricher;
      this.body = body;
    }

    @Override
    public void accept(Slice slice) {
      try {
        NewEvent event = createEvent(enricher, resolved, body, slice);
        requireWithinLimit(event);
        if (!rejected) {
          events.add(event);
        }
      } catch (ApiException e) {
        // The batch is not stored any more; the remaining events are only checked for errors.
        rejected = true;
        events.clear();
        throw e;
      }
    }

    private void requireWithinLimit(NewEvent event) {
      long limit = resolved.dataCore().limits().maxRequestBytes();
      count++;
      bytes += event.length() + event.details().metadata().length;
      if (bytes > limit) {
        throw new ApiException(
            ErrorCode.REQUEST_TOO_LARGE,
            String.format(
                Locale.ROOT,
                "the first %,d events of the batch, each with its metadata, are %,d bytes; the limit is %,d bytes; send smaller batches",
                count,
                bytes,
                limit));
      }
    }
  }

  private static NewEvent createEvent(
      EventEnricher enricher, ResolvedEventType resolved, byte[] body, Slice slice) {
    int limit = resolved.eventType().maxEventBytes();
    if (slice.length() > limit) {
      throw new ApiException(
          ErrorCode.EVENT_TOO_LARGE,
          String.format(
              Locale.ROOT,
              "the event is %,d bytes; the limit is %,d bytes; send a smaller event",
              slice.length(),
              limit));
    }
    NewEvent event = enricher.enrich(body, slice);
    validateSchema(resolved, event);
    return event;
  }

  /** Builds objects for the payload, so only events of a type with a schema pay for it. */
  private static void validateSchema(ResolvedEventType resolved, NewEvent event) {
    if (resolved.schema().isEmpty()) {
      return;
    }
    JsonSchema schema = resolved.schema().get();
    try {
      Set<ValidationMessage> problems =
          schema.validate(
              JSON.readTree(
                  LoneSurrogates.mask(
                      event.payload(), event.offset(), event.offset() + event.length())));
      if (!problems.isEmpty()) {
        throw new ApiException(
            ErrorCode.SCHEMA_MISMATCH,
            "the event does not match the event type's schema: "
                + problems.iterator().next().getMessage());
      }
    } catch (StackOverflowError e) {
      throw new ApiException(
          ErrorCode.SCHEMA_MISMATCH,
          "the event is too deep or too long to validate against the event type's schema");
    } catch (ArithmeticException | NumberFormatException | StreamConstraintsException e) {
      // For example 1e999 or a number of 1,001 digits, which exceeds the number range of the schema
      // validator.
      throw new ApiException(
          ErrorCode.SCHEMA_MISMATCH,
          "the event contains a number that is too large to validate against the event type's schema");
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_JSON, "the event cannot be validated against the event type's schema");
    }
  }
}
