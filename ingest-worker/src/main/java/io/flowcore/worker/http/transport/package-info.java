/**
 * The layer between the socket and the routes: message framing, request bodies, content encodings
 * and deadlines. Depends on no other class of {@code http}.
 */
package io.flowcore.worker.http.transport;
