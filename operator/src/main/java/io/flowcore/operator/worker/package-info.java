/** Asks running workers which catalog they have in force. */
package io.flowcore.operator.worker;
