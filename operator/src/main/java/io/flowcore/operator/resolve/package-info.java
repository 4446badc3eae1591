/** Validates a data core with its members and decides which catalog its workers load. Pure. */
package io.flowcore.operator.resolve;
