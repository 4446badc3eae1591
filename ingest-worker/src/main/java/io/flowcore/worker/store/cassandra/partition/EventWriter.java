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
import io.flowcore.worker.store.cassandra.cql.WriteTimestamps;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/** Assigns ids and partitions to events, and writes the events. */
public final class EventWriter {
  /** All workers together write about this much to a partition before they use its next shard. */
  private static final long PARTITION_BYTES = 64L << 20;

  /** The approximate size of a row without its value. */
  private static final int ROW_OVERHEAD_BYTES = 64;

  private static final int CACHE_SIZE = 50_000;

  private final EventTable events;
  private final PartitionIndex index;
  private final PartitionWriter writer;
  private final RowTtls ttls;
  private final Clock clock;
  private final IntSupplier members;

  /** Bytes that this worker has written, by the key of a partition's first shard. */
  private final Cache<PartitionKey, AtomicLong> writtenBytes =
      Caffeine.newBuilder().maximumSize(CACHE_SIZE).executor(Runnable::run).build();

  /**
   * Creates a writer.
   *
   * @param members returns the number of workers that write to the same partitions
   */
  public EventWriter(
      EventTable events,
      PartitionIndex index,
      PartitionWriter writer,
      RowTtls ttls,
      Clock clock,
      IntSupplier members) {
    this.events = events;
    this.index = index;
    this.writer = writer;
    this.ttls = ttls;
    this.clock = clock;
    this.members = members;
  }

  /**
   * Where the events of an append are written.
   *
   * @param commitTicks the event time of the first event, in ticks
   */
  public record Plan(List<Placement> placements, long commitTicks) {
    /** Returns the timestamp of the writes, in microseconds. */
    public long timestamp() {
      return WriteTimestamps.ofTicks(commitTicks);
    }

    /** Returns the ids of the events. */
    public List<EventId> ids() {
      return placements.stream().map(Placement::id).toList();
    }
  }

  /** Assigns ids and partitions to the events of an append. */
  public Plan plan(List<NewEvent> newEvents, HybridLogicalClock.Reservation reservation) {
    List<Placement> placements = new ArrayList<>(newEvents.size());
    int ingestHour = TimeBucket.ofTicks(reservation.first()).hour();
    long commitTicks = reservation.first();
    long sequence = reservation.sequence();
    for (NewEvent event : newEvents) {
      long ticks = event.eventTicks() == NewEvent.WHEN_COMMITTED ? commitTicks : event.eventTicks();
      EventId id = EventIds.create(ticks, reservation.incarnation(), sequence);
      placements.add(new Placement(partition(event, ticks, ingestHour), id));
      commitTicks++;
      sequence++;
    }
    return new Plan(placements, reservation.first());
  }

  /**
   * Chooses the partition of an event, and counts the event's size.
   *
   * @param ticks the event time
   */
  public PartitionKey partition(NewEvent event, long ticks, int ingestHour) {
    int bytes = ROW_OVERHEAD_BYTES + EventValueCodec.encodedLength(event);
    SizeClass sizeClass = SizeClass.of(bytes);
    PartitionKey first =
        new PartitionKey(
            event.eventType(), PartitionKey.minute(ticks), ingestHour, sizeClass.shard(0));
    long before = writtenBytes.get(first, key -> new AtomicLong()).getAndAdd(bytes);
    int number = (int) (before / (PARTITION_BYTES / Math.max(1, members.getAsInt())));
    return number == 0
        ? first
        : new PartitionKey(first.eventType(), first.minute(), ingestHour, sizeClass.shard(number));
  }

  /** The rows of one append for one partition, in groups that are written together. */
  private static final class PartitionRows {
    private final List<List<BoundStatement>> groups = new ArrayList<>();
    private final List<Integer> groupBytes = new ArrayList<>();

    void add(BoundStatement row, int bytes) {
      if (groups.isEmpty() || groupBytes.getLast() + bytes > PartitionWriter.MAX_BYTES) {
        groups.add(new ArrayList<>());
        groupBytes.add(0);
      }
      groups.getLast().add(row);
      groupBytes.set(groupBytes.size() - 1, groupBytes.getLast() + bytes);
    }
  }

  /** What the index must know about a partition. */
  private record IndexEntry(long expiresAt, boolean requiresArchive) {
    static IndexEntry of(EventDetails details) {
      return new IndexEntry(details.expiresAtSecond(), details.archive());
    }

    IndexEntry and(IndexEntry other) {
      return new IndexEntry(
          Math.max(expiresAt, other.expiresAt), requiresArchive || other.requiresArchive);
    }
  }

  /**
   * Registers the partitions of a plan, writes the events, and returns when they are durable.
   *
   * @throws StoreException if a write fails; some of the events may be stored then
   */
  public void write(List<NewEvent> newEvents, Plan plan) throws StoreException {
    long commitTicks = register(newEvents, plan);
    long now = clock.instant().getEpochSecond();
    Map<PartitionKey, PartitionRows> byPartition = new LinkedHashMap<>();
    for (int i = 0; i < newEvents.size(); i++) {
      NewEvent event = newEvents.get(i);
      Placement placement = plan.placements().get(i);
      EventDetails details = event.detailsAt(commitTicks);
      byte[] value = EventValueCodec.complete(EventValueCodec.prepare(event), details);
      BoundStatement row =
          events.insert(
              placement.partition(),
              EventIds.bytes(placement.id()),
              ByteBuffer.wrap(value),
              ttls.eventTtl(details.expiresAtSecond(), details.archive(), now),
              plan.timestamp());
      byPartition
          .computeIfAbsent(placement.partition(), key -> new PartitionRows())
          .add(row, ROW_OVERHEAD_BYTES + value.length);
    }
    CqlExecutor.awaitAll(
        byPartition.entrySet().stream().flatMap(entry -> send(entry.getKey(), entry.getValue())));
  }

  /**
   * Registers the partitions of a plan. A slow registration must not use up the TTL of the events,
   * so their TTL starts after it; the registration is extended until it covers them. That costs a
   * request only if a minute has begun meanwhile, see {@link PartitionIndex#EXPIRY_STEP_SECONDS}.
   *
   * @return the time at which the TTL of the events starts, in ticks
   */
  private long register(List<NewEvent> newEvents, Plan plan) throws StoreException {
    long registered;
    long current = currentTicks(plan);
    do {
      registered = current;
      Map<PartitionKey, IndexEntry> entries = new LinkedHashMap<>();
      for (int i = 0; i < newEvents.size(); i++) {
        entries.merge(
            plan.placements().get(i).partition(),
            IndexEntry.of(newEvents.get(i).detailsAt(registered)),
            IndexEntry::and);
      }
      CqlExecutor.awaitAll(
          entries.entrySet().stream()
              .map(entry ->
                  index.register(
                      entry.getKey(),
                      entry.getValue().expiresAt,
                      entry.getValue().requiresArchive)));
      current = currentTicks(plan);
    } while (current > registered && wholeSecond(current) != wholeSecond(registered));
    return registered;
  }

  /** Not before the event times, which may be ahead of this machine's clock. */
  private long currentTicks(Plan plan) {
    return Math.max(plan.commitTicks(), EventTime.toTicks(clock.instant()));
  }

  private static long wholeSecond(long ticks) {
    return Math.ceilDiv(ticks, EventTime.PER_SECOND);
  }

  private Stream<CompletableFuture<Void>> send(PartitionKey key, PartitionRows rows) {
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (int i = 0; i < rows.groups.size(); i++) {
      sent.add(writer.write(key, rows.groups.get(i), rows.groupBytes.get(i)));
    }
    return sent.stream();
  }
}
