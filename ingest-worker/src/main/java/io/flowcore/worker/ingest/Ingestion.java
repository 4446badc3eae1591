package io.flowcore.worker.ingest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.JsonSplitter.Cut;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes events of request bodies durable. All or nothing of a request is stored. */
public final class Ingestion {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final EventLog store;
  private final RequestDeduplicator retries;
  private final Clock clock;

  /** Appends to a store and stamps by a clock. */
  public Ingestion(EventLog store, RequestDeduplicator retries, Clock clock) {
    this.store = store;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Stores the one event in a body.
   *
   * @throws RequestRefused if it breaks a rule of the contract; then nothing is stored
   * @throws StoreException if it could not be made durable
   */
  public EventId single(ResolvedEventType route, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    return retries
        .once(
            route,
            headers,
            body,
            length,
            1,
            key -> store.append(List.of(singleEvent(route, headers, body, length)), key))
        .getFirst();
  }

  private NewEvent singleEvent(
      ResolvedEventType route, EventHeaders headers, byte[] body, int length) {
    Cut cut = JsonSplitter.single(body, length, headers.keys());
    return event(new EventEnricher(route, headers, clock.instant()), route, body, cut);
  }

  /**
   * Stores the events of a batch.
   *
   * @return their ids in the order of the batch
   * @throws RequestRefused if any of them breaks a rule of the contract; then nothing is stored
   * @throws StoreException if they could not be made durable
   */
  public List<EventId> batch(ResolvedEventType route, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    return retries.once(
        route,
        headers,
        body,
        length,
        1,
        key -> store.append(events(route, headers, body, length), key));
  }

  private List<NewEvent> events(
      ResolvedEventType route, EventHeaders headers, byte[] body, int length) {
    Batch batch = new Batch(route, new EventEnricher(route, headers, clock.instant()), body);
    int maxEvents = route.dataCore().limits().maxBatchEvents();
    JsonSplitter.batch(body, length, headers.keys(), maxEvents, batch);
    return batch.events;
  }

  /**
   * The events of a batch so far. Every event carries the metadata of its request, so that a small
   * body may become a large batch: what counts is checked with each event.
   */
  private static final class Batch implements JsonSplitter.BatchSink {
    private final ResolvedEventType route;
    private final EventEnricher stamper;
    private final byte[] body;
    private final List<NewEvent> events = new ArrayList<>();
    private boolean refused;
    private int count;
    private long bytes;

    Batch(ResolvedEventType route, EventEnricher stamper, byte[] body) {
      this.route = route;
      this.stamper = stamper;
      this.body = body;
    }

    @Override
    public void accept(Cut cut) {
      try {
        NewEvent event = event(stamper, route, body, cut);
        requireRoom(event);
        if (!refused) {
          events.add(event);
        }
      } catch (ApiException e) {
        // Nothing of it will be stored; the rest is read for its errors only.
        refused = true;
        events.clear();
        throw e;
      }
    }

    private void requireRoom(NewEvent event) {
      long limit = route.dataCore().limits().maxRequestBytes();
      count++;
      bytes += event.length() + event.details().metadata().length;
      if (bytes > limit) {
        throw new ApiException(
            ErrorCode.REQUEST_TOO_LARGE,
            "the first "
                + count
                + " events of the batch, each with its metadata, have "
                + bytes
                + " bytes; the limit is "
                + limit);
      }
    }
  }

  private static NewEvent event(
      EventEnricher stamper, ResolvedEventType route, byte[] body, Cut cut) {
    int limit = route.eventType().maxEventBytes();
    if (cut.length() > limit) {
      throw new ApiException(
          ErrorCode.EVENT_TOO_LARGE,
          "the event has " + cut.length() + " bytes; the limit is " + limit);
    }
    NewEvent event = stamper.stamp(body, cut);
    checkSchema(route, event);
    return event;
  }

  /** Builds objects, which nothing else here does: only for event types that ask for it. */
  private static void checkSchema(ResolvedEventType route, NewEvent event) {
    if (route.schema().isEmpty()) {
      return;
    }
    JsonSchema schema = route.schema().get();
    try {
      Set<ValidationMessage> problems =
          schema.validate(JSON.readTree(event.payload(), event.offset(), event.length()));
      if (!problems.isEmpty()) {
        throw new ApiException(
            ErrorCode.SCHEMA_MISMATCH,
            "the event does not fit the event type's schema: "
                + problems.iterator().next().getMessage());
      }
    } catch (StackOverflowError e) {
      throw new ApiException(
          ErrorCode.SCHEMA_MISMATCH,
          "the event is too deep or too long to be checked against the event type's schema");
    } catch (ArithmeticException | NumberFormatException e) {
      // Such as 1e999, which is beyond the numbers that a schema is checked with.
      throw new ApiException(
          ErrorCode.SCHEMA_MISMATCH,
          "the event holds a number that can't be checked against the event type's schema");
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_JSON, "the event can't be checked against the event type's schema");
    }
  }
}
