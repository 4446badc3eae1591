/** What the command line needs of a worker that runs elsewhere, over the HTTP API only. */
package io.flowcore.worker.client;
