package io.flowcore.worker.store.cassandra.idempotency;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The table {@code idempotency_records}: a claim for each request, which becomes the request's
 * record when it is confirmed. All writes are conditional on the placements, which no two claims
 * have in common.
 */
public final class IdempotencyRecordTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "idempotency_records",
          "key blob PRIMARY KEY, digest blob, expires_at bigint, incarnation bigint, claimed_at bigint,"
              + " placements blob, leftover_placements blob, confirmed boolean");

  private static final byte[] NO_BYTES = {};

  private final CqlExecutor executor;
  private final PreparedStatement read;
  private final PreparedStatement insertClaim;
  private final PreparedStatement takeOver;
  private final PreparedStatement confirm;
  private final PreparedStatement abandon;

  /**
   * A row of the table. Its columns expire within a second of each other, not at once, so each of
   * them may be missing.
   *
   * @param digest empty if it is missing
   * @param expiresAt epoch second; 0 if it is missing
   * @param incarnation of the worker that claimed the request
   * @param claimedAt timestamp of the claim, in microseconds; 0 if it was abandoned
   * @param placements of the claim's events, encoded; empty if they are missing
   * @param leftoverPlacements events of earlier claims that may be stored, encoded; empty if there
   *     are none
   */
  record ClaimRow(
      byte[] digest,
      long expiresAt,
      long incarnation,
      long claimedAt,
      Optional<byte[]> placements,
      byte[] leftoverPlacements,
      boolean confirmed) {}

  /**
   * A claim to be written.
   *
   * @param incarnation of this worker
   * @param claimedAt timestamp of the claim, in microseconds
   * @param placements of the claim's events, encoded
   */
  record NewClaim(IdempotencyKey request, long incarnation, long claimedAt, byte[] placements) {}

  /** Prepares the statements of the table. */
  public IdempotencyRecordTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    read =
        keyspace.prepare(
            "SELECT digest, expires_at, incarnation, claimed_at, placements, leftover_placements, confirmed FROM "
                + table
                + " WHERE key = ?");
    insertClaim =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (key, digest, expires_at, incarnation, claimed_at, placements) VALUES (?, ?, ?, ?, ?, ?)"
                + " IF NOT EXISTS USING TTL ?");
    takeOver =
        keyspace.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET digest = ?, expires_at = ?, incarnation = ?, claimed_at = ?, placements = ?,"
                + " leftover_placements = ? WHERE key = ? IF placements = ? AND confirmed = null");
    confirm =
        keyspace.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET confirmed = true WHERE key = ? IF placements = ?");
    abandon =
        keyspace.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET claimed_at = 0 WHERE key = ? IF placements = ? AND confirmed = null");
  }

  /** Reads a row, with the consistency of conditional statements. */
  Optional<ClaimRow> read(byte[] key) throws StoreException {
    return executor
        .row(read.bind(ByteBuffer.wrap(key)).setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL))
        .map(IdempotencyRecordTable::claimRow);
  }

  private static ClaimRow claimRow(Row row) {
    return new ClaimRow(
        bytes(row, "digest").orElse(NO_BYTES),
        row.getLong("expires_at"),
        row.getLong("incarnation"),
        row.getLong("claimed_at"),
        bytes(row, "placements"),
        bytes(row, "leftover_placements").orElse(NO_BYTES),
        row.getBoolean("confirmed"));
  }

  private static Optional<byte[]> bytes(Row row, String column) {
    return Optional.ofNullable(row.getByteBuffer(column)).map(Bytes::getArray);
  }

  /** Claims a request, unless it is claimed; returns whether the row has these placements. */
  boolean claim(NewClaim claim, int ttl) throws StoreException {
    IdempotencyKey request = claim.request();
    return hasPlacements(
        executor.executeConditional(
            insertClaim.bind(
                ByteBuffer.wrap(request.key()),
                ByteBuffer.wrap(request.digest()),
                request.expiresAtSecond(),
                claim.incarnation(),
                claim.claimedAt(),
                ByteBuffer.wrap(claim.placements()),
                ttl)),
        claim.placements());
  }

  /**
   * Replaces a claim that is not confirmed, unless its row has changed meanwhile; returns whether
   * the row has the new placements.
   *
   * @param leftoverPlacements events of earlier claims that may be stored, encoded
   */
  boolean takeOver(ClaimRow other, NewClaim claim, byte[] leftoverPlacements, int ttl)
      throws StoreException {
    IdempotencyKey request = claim.request();
    return hasPlacements(
        executor.executeConditional(
            takeOver.bind(
                ttl,
                ByteBuffer.wrap(request.digest()),
                request.expiresAtSecond(),
                claim.incarnation(),
                claim.claimedAt(),
                ByteBuffer.wrap(claim.placements()),
                ByteBuffer.wrap(leftoverPlacements),
                ByteBuffer.wrap(request.key()),
                other.placements().map(ByteBuffer::wrap).orElse(null))),
        claim.placements());
  }

  /** Returns whether a write was applied, now or by an earlier attempt of the same statement. */
  private static boolean hasPlacements(Optional<Row> found, byte[] placements) {
    return found.isEmpty()
        || (found.get().getColumnDefinitions().contains("placements")
            && ByteBuffer.wrap(placements).equals(found.get().getByteBuffer("placements")));
  }

  /**
   * Confirms the claim that has some placements.
   *
   * @return false if the row has other placements by now
   */
  boolean confirm(byte[] key, byte[] placements, int ttl) throws StoreException {
    return executor
        .executeConditional(confirm.bind(ttl, ByteBuffer.wrap(key), ByteBuffer.wrap(placements)))
        .isEmpty();
  }

  /** Abandons the claim that has some placements, unless it is confirmed. */
  void abandon(byte[] key, byte[] placements, int ttl) throws StoreException {
    var _ =
        executor.executeConditional(
            abandon.bind(ttl, ByteBuffer.wrap(key), ByteBuffer.wrap(placements)));
  }
}
