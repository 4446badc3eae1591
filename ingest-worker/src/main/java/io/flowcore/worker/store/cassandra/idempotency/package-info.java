/** Deduplication of requests that carry an idempotency key, over all workers. */
package io.flowcore.worker.store.cassandra.idempotency;
