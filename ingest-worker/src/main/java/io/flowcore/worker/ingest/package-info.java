/**
 * Turns request bodies into durable events: reads headers, validates events, adds times and
 * metadata, deduplicates requests, and appends to the event log.
 */
package io.flowcore.worker.ingest;
