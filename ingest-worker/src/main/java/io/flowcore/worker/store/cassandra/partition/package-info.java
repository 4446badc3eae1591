/** Events in partitions: where they are written, and reading them in order. */
package io.flowcore.worker.store.cassandra.partition;
