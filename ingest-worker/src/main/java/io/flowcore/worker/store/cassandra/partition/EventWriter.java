package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/** Gives events their ids and parts, and writes them. */
public final class EventWriter {
  /** What all workers together write to a part before they go on to the next, about. */
  private static final long PART_BYTES = 64L << 20;

  /** What a row takes beside its value, about. */
  private static final int ROW_BYTES = 64;

  private static final int TICKS_PER_MICRO = 10;

  /** 1970 in ticks. */
  private static final long UNIX_EPOCH = EventTime.toTicks(Instant.EPOCH);

  private final EventTable table;
  private final PartitionIndex index;
  private final PartitionWriter writes;
  private final RowTtls lifetimes;
  private final Clock clock;
  private final IntSupplier members;

  /** Bytes that this worker has written to a part, by its key without a split. */
  private final Cache<PartitionKey, AtomicLong> written =
      Caffeine.newBuilder().maximumSize(50_000).executor(Runnable::run).build();

  public EventWriter(
      EventTable table,
      PartitionIndex index,
      PartitionWriter writes,
      RowTtls lifetimes,
      Clock clock,
      IntSupplier members) {
    this.table = table;
    this.index = index;
    this.writes = writes;
    this.lifetimes = lifetimes;
    this.clock = clock;
    this.members = members;
  }

  /** Events that have ids, and where they will lie. */
  public record Plan(List<Place> places, long timestamp) {
    public List<EventId> ids() {
      return places.stream().map(Place::id).toList();
    }
  }

  /** One event's. */
  public record Place(PartitionKey part, EventId id) {}

  /** Says where events will lie. */
  public Plan plan(List<NewEvent> events, HybridLogicalClock.Stamp stamp) {
    List<Place> places = new ArrayList<>(events.size());
    int arrival = TimeBucket.ofTicks(stamp.first()).hour();
    long instant = stamp.first();
    long sequence = stamp.sequence();
    for (NewEvent event : events) {
      long given = event.eventTicks();
      long ticks = given == NewEvent.WHEN_COMMITTED ? instant : given;
      EventId id = EventIds.of(ticks, stamp.incarnation(), sequence);
      places.add(new Place(part(event, ticks, arrival), id));
      instant++;
      sequence++;
    }
    return new Plan(places, timestamp(stamp.first()));
  }

  /** The timestamp of writes at an instant, in microseconds since 1970. */
  public static long timestamp(long ticks) {
    return (ticks - UNIX_EPOCH) / TICKS_PER_MICRO;
  }

  /**
   * Where an event is to lie.
   *
   * @param ticks its event time
   */
  public PartitionKey part(NewEvent event, long ticks, int arrival) {
    int bytes = ROW_BYTES + EventValueCodec.encodedLength(event);
    SizeClass size = SizeClass.of(bytes);
    PartitionKey first =
        new PartitionKey(event.eventType(), PartitionKey.minute(ticks), arrival, size.split(0));
    long before = written.get(first, key -> new AtomicLong()).getAndAdd(bytes);
    int number = (int) (before / (PART_BYTES / Math.max(1, members.getAsInt())));
    return number == 0
        ? first
        : new PartitionKey(first.eventType(), first.minute(), arrival, size.split(number));
  }

  /** What goes to one part. */
  private static final class Share {
    private final List<List<BoundStatement>> groups = new ArrayList<>();
    private final List<Integer> bytes = new ArrayList<>();
    private long expires;
    private boolean archivable;

    void add(BoundStatement row, int size, EventDetails details) {
      if (groups.isEmpty() || bytes.getLast() + size > PartitionWriter.MAX_BYTES) {
        groups.add(new ArrayList<>());
        bytes.add(0);
      }
      groups.getLast().add(row);
      bytes.set(bytes.size() - 1, bytes.getLast() + size);
      expires = Math.max(expires, details.expiresAtSecond());
      archivable |= details.archive();
    }
  }

  /** Writes events to where a plan says, and returns when they are durable. */
  public void write(List<NewEvent> events, Plan plan) throws StoreException {
    long now = clock.instant().getEpochSecond();
    Map<PartitionKey, Share> shares = new LinkedHashMap<>();
    for (int i = 0; i < events.size(); i++) {
      NewEvent event = events.get(i);
      Place place = plan.places().get(i);
      byte[] value = EventValueCodec.encode(event);
      EventDetails details = event.details();
      BoundStatement row =
          table.insert(
              place.part(),
              EventIds.bytes(place.id()),
              ByteBuffer.wrap(value),
              lifetimes.event(details.expiresAtSecond(), details.archive(), now),
              plan.timestamp());
      shares
          .computeIfAbsent(place.part(), key -> new Share())
          .add(row, ROW_BYTES + value.length, details);
    }
    CqlExecutor.awaitAll(
        shares.entrySet().stream()
            .map(share ->
                index.register(
                    share.getKey(), share.getValue().expires, share.getValue().archivable)));
    CqlExecutor.awaitAll(
        shares.entrySet().stream().flatMap(share -> send(share.getKey(), share.getValue())));
  }

  private Stream<CompletableFuture<Void>> send(PartitionKey key, Share share) {
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (int i = 0; i < share.groups.size(); i++) {
      sent.add(writes.write(key, share.groups.get(i), share.bytes.get(i)));
    }
    return sent.stream();
  }
}
