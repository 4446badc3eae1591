/**
 * How a request is refused: the error codes of the HTTP contract and the exception that carries
 * one.
 */
package io.flowcore.worker.error;
