/** How the workers that share a keyspace agree on time: leases, clocks, and the read watermark. */
package io.flowcore.worker.store.cassandra.membership;
