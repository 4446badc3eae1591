/**
 * Events that are pending archive: which hours contain them, which worker archives an hour, and how
 * their TTLs are refreshed until they are archived.
 */
package io.flowcore.worker.store.cassandra.pending;
