/** From a request's bytes to durable events: validate, cut batches, stamp, append. */
package io.flowcore.worker.ingest;
