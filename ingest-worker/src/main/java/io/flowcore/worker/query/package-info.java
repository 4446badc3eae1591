/** Reads events and time buckets in pages, whichever store they come from. */
package io.flowcore.worker.query;
