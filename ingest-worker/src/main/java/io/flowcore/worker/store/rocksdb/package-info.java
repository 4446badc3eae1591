/** The embedded hot store: one process, one volume, one group-commit writer. */
package io.flowcore.worker.store.rocksdb;
