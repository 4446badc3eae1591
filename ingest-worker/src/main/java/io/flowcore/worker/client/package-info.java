/** A client of a remote worker's HTTP API, for commands such as {@code file get}. */
package io.flowcore.worker.client;
