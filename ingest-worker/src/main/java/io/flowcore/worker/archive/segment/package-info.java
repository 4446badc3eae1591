/** Segments: files of events in zstd frames, and reading them. */
package io.flowcore.worker.archive.segment;
