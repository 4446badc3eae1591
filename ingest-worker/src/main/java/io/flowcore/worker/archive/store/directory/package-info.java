/** An archive store that keeps objects as files in a local directory. */
package io.flowcore.worker.archive.store.directory;
