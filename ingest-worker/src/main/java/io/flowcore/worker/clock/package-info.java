/** The current time, protected against jumps of the machine's clock. */
package io.flowcore.worker.clock;
