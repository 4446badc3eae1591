package io.flowcore.worker.ingest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import io.flowcore.worker.catalog.EventTypeRoute;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.JsonCutter.Cut;
import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
import io.flowcore.worker.refusal.RequestRefused.Detail;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes events of request bodies durable. All or nothing of a request is stored. */
public final class Ingestion {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HotStore store;
  private final Clock clock;

  /** Appends to a store and stamps by a clock. */
  public Ingestion(HotStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Stores the one event in a body.
   *
   * @throws RequestRefused if it breaks a rule of the contract; then nothing is stored
   * @throws StoreException if it could not be made durable
   */
  public EventId single(EventTypeRoute route, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    Cut cut = JsonCutter.single(body, length, headers.keys());
    int limit = route.eventType().maxEventBytes();
    if (cut.length() > limit) {
      throw new RequestRefused(ErrorCode.event_too_large, JsonCutter.tooLarge(cut.length(), limit));
    }
    NewEvent event = new EventStamper(route, headers, clock.instant()).stamp(body, cut);
    checkSchema(route, event);
    return store.append(List.of(event)).getFirst();
  }

  /**
   * Stores the events of a batch.
   *
   * @return their ids in the order of the batch
   * @throws RequestRefused if any of them breaks a rule of the contract; then nothing is stored
   * @throws StoreException if they could not be made durable
   */
  public List<EventId> batch(EventTypeRoute route, EventHeaders headers, byte[] body, int length)
      throws StoreException {
    int maxEvents = route.dataCore().limits().maxBatchEvents();
    List<Cut> cuts =
        JsonCutter.batch(
            body, length, headers.keys(), maxEvents, route.eventType().maxEventBytes());
    EventStamper stamper = new EventStamper(route, headers, clock.instant());
    List<NewEvent> events = new ArrayList<>(cuts.size());
    List<Detail> details = new ArrayList<>();
    for (int index = 0; index < cuts.size(); index++) {
      try {
        NewEvent event = stamper.stamp(body, cuts.get(index));
        checkSchema(route, event);
        events.add(event);
      } catch (RequestRefused refused) {
        BatchErrors.add(details, index, refused.code(), refused.getMessage());
      }
    }
    BatchErrors.throwIfAny(details);
    return store.append(events);
  }

  /** Builds objects, which nothing else here does: only for event types that ask for it. */
  private static void checkSchema(EventTypeRoute route, NewEvent event) {
    if (route.schema().isEmpty()) {
      return;
    }
    JsonSchema schema = route.schema().get();
    try {
      Set<ValidationMessage> problems =
          schema.validate(JSON.readTree(event.payload(), event.offset(), event.length()));
      if (!problems.isEmpty()) {
        throw new RequestRefused(
            ErrorCode.schema_mismatch,
            "the event does not fit the event type's schema: "
                + problems.iterator().next().getMessage());
      }
    } catch (StackOverflowError e) {
      throw new RequestRefused(
          ErrorCode.schema_mismatch,
          "the event is too deep or too long to be checked against the event type's schema");
    } catch (IOException e) {
      throw new RequestRefused(
          ErrorCode.invalid_json, "the event can't be checked against the event type's schema");
    }
  }
}
