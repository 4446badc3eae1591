package io.flowcore.worker.store;

import java.util.Optional;

/** Finds the responses of requests that were sent with an idempotency key. */
public interface IdempotencyStore {

  /**
   * Returns the record of a request, if it has not expired.
   *
   * @param key as in {@link IdempotencyKey#key}
   * @throws StoreException if the store cannot read
   */
  Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException;
}
