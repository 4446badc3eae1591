package io.flowcore.worker.store.cassandra.idempotency;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PlacementCodec;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Requests that name an idempotency key, over all workers.
 *
 * <p>A request is claimed before its events are written, with the ids that they will have, and
 * confirmed before it is answered. A claim that was not confirmed belongs to a request that nobody
 * was answered: for a while, if its worker lives, it is under way; after that whoever tries the
 * same again takes it over, removes what may have been written, and begins anew. The ids of before
 * are not used again, for readers may have gone past them. Whether the first attempt or the one
 * that took over is answered, the condition of their writes decides, and no clock.
 */
public final class CassandraIdempotencyStore {
  /**
   * Clocks of workers differ, so what is removed may have a later timestamp than the removal. No id
   * is given twice, so nothing else is hit.
   */
  private static final long REMOVAL_AHEAD_MICROS = 3_600_000_000L;

  /** Longer than an attempt takes unless something is wrong. */
  private static final long UNDER_WAY_MICROS = 30_000_000;

  private static final int REMOVED_AT_ONCE = 100;

  private final CqlExecutor requests;
  private final EventTable events;
  private final RowTtls lifetimes;
  private final Clock clock;
  private final LongPredicate lives;
  private final PreparedStatement read;
  private final PreparedStatement claim;
  private final PreparedStatement takeOver;
  private final PreparedStatement confirm;
  private final PreparedStatement giveUp;

  /**
   * Receipts of a keyspace.
   *
   * @param lives whether a worker, by its number, may still acknowledge events
   */
  public CassandraIdempotencyStore(
      CqlSession session,
      CqlExecutor requests,
      String keyspace,
      EventTable events,
      RowTtls lifetimes,
      Clock clock,
      LongPredicate lives) {
    this.requests = requests;
    this.events = events;
    this.lifetimes = lifetimes;
    this.clock = clock;
    this.lives = lives;
    String table = keyspace + ".receipts";
    read =
        session.prepare(
            "SELECT digest, expires, incarnation, claimed, events, leftovers, confirmed FROM "
                + table
                + " WHERE key = ?");
    claim =
        session.prepare(
            "INSERT INTO "
                + table
                + " (key, digest, expires, incarnation, claimed, events) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS USING TTL ?");
    takeOver =
        session.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET digest = ?, expires = ?, incarnation = ?, claimed = ?, events = ?, leftovers = ? WHERE key = ?"
                + " IF events = ? AND confirmed = null");
    confirm =
        session.prepare(
            "UPDATE " + table + " USING TTL ? SET confirmed = true WHERE key = ? IF events = ?");
    giveUp =
        session.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET claimed = 0 WHERE key = ? IF events = ? AND confirmed = null");
  }

  /**
   * A claim that was made.
   *
   * @param events where they will lie, in bytes: no other claim has the same
   */
  public record Claim(IdempotencyKey request, byte[] events, List<EventWriter.Place> leftovers) {}

  /** See {@link io.flowcore.worker.store.HotStore#idempotencyRecord}. */
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    Row row = row(key);
    boolean remembered =
        row != null
            && row.getBoolean("confirmed")
            && row.getLong("expires") > clock.instant().getEpochSecond();
    return remembered
        ? Optional.of(
            new IdempotencyRecord(
                Bytes.getArray(row.getByteBuffer("digest")),
                places(row, "events").stream().map(EventWriter.Place::id).toList()))
        : Optional.empty();
  }

  /** A row with a condition is read as conditions read it. */
  private Row row(byte[] key) throws StoreException {
    return requests.row(
        read.bind(ByteBuffer.wrap(key)).setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL));
  }

  /** Remembers a request that was answered elsewhere. */
  public void put(IdempotencyKey request, List<EventWriter.Place> places) throws StoreException {
    byte[] events = PlacementCodec.bytes(places);
    var _ =
        requests.conditional(
            claim.bind(
                ByteBuffer.wrap(request.key()),
                ByteBuffer.wrap(request.digest()),
                request.expiresAtSecond(),
                0L,
                0L,
                ByteBuffer.wrap(events),
                ttl(request)));
    confirm(new Claim(request, events, List.of()), 0);
  }

  /**
   * Claims a request for events that are about to be written.
   *
   * @throws StoreException {@code UNAVAILABLE} also if another attempt is under way
   */
  public Claim claim(IdempotencyKey request, long incarnation, EventWriter.Plan plan)
      throws StoreException {
    byte[] mine = PlacementCodec.bytes(plan.places());
    Optional<Row> other =
        requests.conditional(
            claim.bind(
                ByteBuffer.wrap(request.key()),
                ByteBuffer.wrap(request.digest()),
                request.expiresAtSecond(),
                incarnation,
                plan.timestamp(),
                ByteBuffer.wrap(mine),
                ttl(request)));
    return other.isEmpty() || isMine(other.get(), mine)
        ? new Claim(request, mine, List.of())
        : takeOver(request, incarnation, plan.timestamp(), mine);
  }

  private Claim takeOver(IdempotencyKey request, long incarnation, long timestamp, byte[] mine)
      throws StoreException {
    Row other = row(request.key());
    if (other == null || other.getBoolean("confirmed") || underWay(other, timestamp)) {
      throw underWay();
    }
    List<EventWriter.Place> leftovers = new ArrayList<>(places(other, "leftovers"));
    leftovers.addAll(places(other, "events"));
    Optional<Row> faster =
        requests.conditional(
            takeOver.bind(
                ttl(request),
                ByteBuffer.wrap(request.digest()),
                request.expiresAtSecond(),
                incarnation,
                timestamp,
                ByteBuffer.wrap(mine),
                ByteBuffer.wrap(PlacementCodec.bytes(leftovers)),
                ByteBuffer.wrap(request.key()),
                other.getByteBuffer("events")));
    if (faster.isPresent() && !isMine(faster.get(), mine)) {
      throw underWay();
    }
    return new Claim(request, mine, leftovers);
  }

  /** Whether a row that was found instead was written by an earlier attempt of the same write. */
  private static boolean isMine(Row found, byte[] mine) {
    return found.getColumnDefinitions().contains("events")
        && ByteBuffer.wrap(mine).equals(found.getByteBuffer("events"));
  }

  private boolean underWay(Row other, long timestamp) {
    return lives.test(other.getLong("incarnation"))
        && timestamp - other.getLong("claimed") < UNDER_WAY_MICROS;
  }

  private static List<EventWriter.Place> places(Row row, String column) {
    ByteBuffer bytes = row.getByteBuffer(column);
    return bytes == null ? List.of() : PlacementCodec.read(Bytes.getArray(bytes));
  }

  private static StoreException underWay() {
    return new StoreException(
        Kind.UNAVAILABLE, "another attempt with the same idempotency key is under way");
  }

  /**
   * Says that the events are stored: from now on the request is answered with their ids.
   *
   * @param timestamp of the write of these events, in microseconds
   */
  public void confirm(Claim claim, long timestamp) throws StoreException {
    remove(claim.leftovers(), timestamp + REMOVAL_AHEAD_MICROS);
    Optional<Row> other =
        requests.conditional(
            confirm.bind(
                ttl(claim.request()),
                ByteBuffer.wrap(claim.request().key()),
                ByteBuffer.wrap(claim.events())));
    if (other.isPresent()) {
      throw underWay();
    }
  }

  /** Says that the request is not under way any more, so that the next attempt takes it over. */
  public void giveUp(Claim claim) throws StoreException {
    var _ =
        requests.conditional(
            giveUp.bind(
                ttl(claim.request()),
                ByteBuffer.wrap(claim.request().key()),
                ByteBuffer.wrap(claim.events())));
  }

  private void remove(List<EventWriter.Place> places, long timestamp) throws StoreException {
    for (int from = 0; from < places.size(); from += REMOVED_AT_ONCE) {
      List<EventWriter.Place> some =
          places.subList(from, Math.min(places.size(), from + REMOVED_AT_ONCE));
      CqlExecutor.awaitAll(
          some.stream()
              .map(place -> requests.send(events.delete(place.part(), place.id(), timestamp))));
    }
  }

  private int ttl(IdempotencyKey request) {
    return lifetimes.until(request.expiresAtSecond(), clock.instant().getEpochSecond());
  }
}
