/**
 * The hot store on Apache Cassandra or ScyllaDB, for any number of workers. {@link
 * io.flowcore.worker.store.cassandra.CassandraSchema} describes the tables, and {@link
 * io.flowcore.worker.store.cassandra.membership.Membership} how the workers agree on the read
 * watermark.
 *
 * <p>The packages depend on each other in one direction: {@code cql}, {@code membership}, {@code
 * partition}, then {@code pending} and {@code idempotency}, then this one.
 */
package io.flowcore.worker.store.cassandra;
