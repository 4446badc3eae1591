/** Validates JSON and splits batches into events. Builds no objects for event payloads. */
package io.flowcore.worker.ingest.json;
