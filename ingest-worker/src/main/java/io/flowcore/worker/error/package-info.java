/** The errors of the HTTP contract: the error codes and the exception that carries one. */
package io.flowcore.worker.error;
