/** Access to a Cassandra cluster: sessions, statements with retries, table definitions, TTLs. */
package io.flowcore.worker.store.cassandra.cql;
