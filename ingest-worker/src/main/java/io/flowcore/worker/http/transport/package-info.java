/** What lies between the socket and the routes: framing, bodies, encodings, deadlines. */
package io.flowcore.worker.http.transport;
