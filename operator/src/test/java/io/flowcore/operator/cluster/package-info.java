/**
 * The operator against API servers: a mock where that will do, and a real one where it is there.
 */
package io.flowcore.operator.cluster;
