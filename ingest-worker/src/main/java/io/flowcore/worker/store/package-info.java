/**
 * The hot store: where events are durable before they are acknowledged, until their TTL has passed.
 */
package io.flowcore.worker.store;
