/** The embedded hot store on RocksDB: one process, one volume, one writer thread. */
package io.flowcore.worker.store.rocksdb;
