package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A store without function; tests override the methods that they need. */
public class StubStore implements HotStore {
  @Override
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException {
    throw new StoreException(StoreException.Kind.UNAVAILABLE, "not implemented by this stub");
  }

  @Override
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return Optional.empty();
  }

  @Override
  public long readWatermark(long wanted) {
    return EventTime.MAX_TICKS;
  }

  @Override
  public EventPage read(ReadRequest request) throws StoreException {
    throw new StoreException(StoreException.Kind.UNAVAILABLE, "not implemented by this stub");
  }

  @Override
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    throw new StoreException(StoreException.Kind.UNAVAILABLE, "not implemented by this stub");
  }

  @Override
  public void pendingHours(HourVisitor visitor) throws StoreException {}

  @Override
  public Optional<PendingEvents> claim(PendingHour hour) throws StoreException {
    return Optional.empty();
  }

  @Override
  public int expire(int limit) throws StoreException {
    return 0;
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return 0;
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation)
      throws StoreException {}

  @Override
  public List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return List.of();
  }

  @Override
  public StoreHealth health() {
    return new StoreHealth.Healthy();
  }

  @Override
  public void close() {}
}
