/**
 * Long-term storage for events: for every hour of an event type, segments of many events and one
 * manifest, stored as objects under keys. Archives pending events of the hot store, compacts small
 * segments, and opens archived events for queries.
 *
 * <p>Packages depend on each other in one direction: {@code archive.store}, {@code
 * archive.segment}, {@code archive.manifest}, {@code archive}.
 */
package io.flowcore.worker.archive;
