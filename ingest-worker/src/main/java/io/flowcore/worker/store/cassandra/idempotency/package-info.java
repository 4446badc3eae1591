/** Requests that carry an idempotency key. */
package io.flowcore.worker.store.cassandra.idempotency;
