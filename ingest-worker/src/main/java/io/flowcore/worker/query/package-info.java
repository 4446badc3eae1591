/** Reads events and time buckets in pages, and merges hot and archived events. */
package io.flowcore.worker.query;
