/** Sessions, statements and the tables. */
package io.flowcore.worker.store.cassandra.cql;
