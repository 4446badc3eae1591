package io.flowcore.worker.store.cassandra.idempotency;

import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.IdempotencyStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.idempotency.IdempotencyRecordTable.ClaimRow;
import io.flowcore.worker.store.cassandra.idempotency.IdempotencyRecordTable.NewClaim;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.Placement;
import io.flowcore.worker.store.cassandra.partition.PlacementCodec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Deduplicates requests that carry an idempotency key, over all workers.
 *
 * <p>A worker claims a request before it writes the events, with the ids that they will have, and
 * confirms the claim before it responds. No client was sent a response for a claim that is not
 * confirmed. While its worker is alive, such a claim counts as in progress for 30 seconds. After
 * that, the next attempt takes the claim over: it writes its events under new ids, and deletes the
 * events that the earlier attempt may have stored. The earlier ids are not reused, since readers
 * may have passed them. If two attempts compete, the conditions of their writes decide which of
 * them is confirmed; clocks do not.
 */
public final class CassandraIdempotencyStore implements IdempotencyStore {
  /**
   * How far the timestamp of a deletion is ahead. Clocks of workers differ, so the deleted event
   * may have a later timestamp than its deletion otherwise. An id is never reused, so the deletion
   * affects nothing else.
   */
  private static final long DELETION_AHEAD_MICROS = 3_600_000_000L;

  /** Longer than an attempt takes unless its worker fails. */
  private static final long IN_PROGRESS_MICROS = 30_000_000;

  private static final int DELETIONS_IN_FLIGHT = 100;

  private final IdempotencyRecordTable records;
  private final EventTable events;
  private final RowTtls ttls;
  private final Clock clock;
  private final LongPredicate isAlive;

  /**
   * Creates a store.
   *
   * @param isAlive whether the worker with an incarnation may still acknowledge events
   */
  public CassandraIdempotencyStore(
      IdempotencyRecordTable records,
      EventTable events,
      RowTtls ttls,
      Clock clock,
      LongPredicate isAlive) {
    this.records = records;
    this.events = events;
    this.ttls = ttls;
    this.clock = clock;
    this.isAlive = isAlive;
  }

  /**
   * A claim that this worker has written.
   *
   * @param placements of the request's events, encoded; no other claim has the same
   * @param leftovers events of earlier attempts that may be stored
   */
  public record Claim(IdempotencyKey request, byte[] placements, List<Placement> leftovers) {}

  @Override
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return records
        .read(key)
        .filter(row -> row.confirmed() && row.expiresAt() > clock.instant().getEpochSecond())
        .map(row ->
            new IdempotencyRecord(
                row.digest(), placements(row).stream().map(Placement::id).toList()));
  }

  /** Stores the record of a request that another store has responded to. */
  public void put(IdempotencyKey request, List<Placement> placements) throws StoreException {
    byte[] encoded = PlacementCodec.encode(placements);
    var _ = records.claim(new NewClaim(request, 0, 0, encoded), ttl(request));
    confirm(new Claim(request, encoded, List.of()), 0);
  }

  /**
   * Claims a request whose events are about to be written.
   *
   * @param incarnation of this worker
   * @throws StoreException {@code UNAVAILABLE} also if another attempt is in progress
   */
  public Claim claim(IdempotencyKey request, long incarnation, EventWriter.Plan plan)
      throws StoreException {
    byte[] placements = PlacementCodec.encode(plan.placements());
    NewClaim claim = new NewClaim(request, incarnation, plan.timestamp(), placements);
    return records.claim(claim, ttl(request))
        ? new Claim(request, placements, List.of())
        : takeOver(claim);
  }

  private Claim takeOver(NewClaim claim) throws StoreException {
    IdempotencyKey request = claim.request();
    Optional<ClaimRow> found = records.read(request.key());
    if (found.isEmpty()
        || found.get().confirmed()
        || isInProgress(found.get(), claim.claimedAt())) {
      throw inProgress();
    }
    ClaimRow other = found.get();
    List<Placement> leftovers = new ArrayList<>(PlacementCodec.decode(other.leftoverPlacements()));
    leftovers.addAll(placements(other));
    if (!records.takeOver(other, claim, PlacementCodec.encode(leftovers), ttl(request))) {
      throw inProgress();
    }
    return new Claim(request, claim.placements(), leftovers);
  }

  private static List<Placement> placements(ClaimRow row) {
    return row.placements().map(PlacementCodec::decode).orElse(List.of());
  }

  private boolean isInProgress(ClaimRow other, long timestamp) {
    return isAlive.test(other.incarnation()) && timestamp - other.claimedAt() < IN_PROGRESS_MICROS;
  }

  private static StoreException inProgress() {
    return new StoreException(
        Kind.UNAVAILABLE,
        "another request with the same idempotency key is in progress; retry later");
  }

  /**
   * Confirms that the events are stored. From now on, attempts of the same request get their ids.
   * The events of earlier attempts are deleted first.
   *
   * @param timestamp of the writes of the events, in microseconds
   * @throws StoreException if another attempt has taken the claim over
   */
  public void confirm(Claim claim, long timestamp) throws StoreException {
    delete(claim.leftovers(), timestamp + DELETION_AHEAD_MICROS);
    if (!records.confirm(claim.request().key(), claim.placements(), ttl(claim.request()))) {
      throw inProgress();
    }
  }

  /** Abandons a claim, so that the next attempt takes it over without delay. */
  public void abandon(Claim claim) throws StoreException {
    records.abandon(claim.request().key(), claim.placements(), ttl(claim.request()));
  }

  private void delete(List<Placement> placements, long timestamp) throws StoreException {
    for (int from = 0; from < placements.size(); from += DELETIONS_IN_FLIGHT) {
      List<Placement> group =
          placements.subList(from, Math.min(placements.size(), from + DELETIONS_IN_FLIGHT));
      CqlExecutor.awaitAll(group.stream().map(placement -> events.delete(placement, timestamp)));
    }
  }

  private int ttl(IdempotencyKey request) {
    return ttls.ttlUntil(request.expiresAtSecond(), clock.instant().getEpochSecond());
  }
}
