/** The segment format: compressed frames of events, their writer, reader, cache and cursor. */
package io.flowcore.worker.archive.segment;
