/** The object store of an archive: its interface, its failures, and the layout of keys. */
package io.flowcore.worker.archive.store;
