/**
 * The hot store: it stores events durably before they are acknowledged, and keeps them until their
 * TTL has passed.
 */
package io.flowcore.worker.store;
