/** The HTTP API: routes, authentication, responses and errors. */
package io.flowcore.worker.http;
