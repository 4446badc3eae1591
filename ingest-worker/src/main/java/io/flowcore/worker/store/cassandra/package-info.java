/**
 * The hot store on Apache Cassandra or ScyllaDB, for any number of workers. {@link
 * io.flowcore.worker.store.cassandra.cql.CassandraSchema} says what lies where; {@link
 * io.flowcore.worker.store.cassandra.membership.Membership} how the workers agree on how far
 * readers may go.
 */
package io.flowcore.worker.store.cassandra;
