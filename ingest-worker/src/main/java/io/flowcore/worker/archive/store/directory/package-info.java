/** Objects as files of a local folder. */
package io.flowcore.worker.archive.store.directory;
