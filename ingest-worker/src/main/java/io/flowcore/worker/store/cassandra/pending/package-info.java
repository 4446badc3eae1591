/**
 * Events that are not archived yet: which hours have some, who archives them, and for how long they
 * are kept.
 */
package io.flowcore.worker.store.cassandra.pending;
