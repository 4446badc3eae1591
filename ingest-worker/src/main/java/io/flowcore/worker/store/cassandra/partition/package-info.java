/** Partitions of events: how events are assigned to them, written, found, and read in order. */
package io.flowcore.worker.store.cassandra.partition;
