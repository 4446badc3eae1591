/** Values: events, their ids and their times. No I/O, and no dependencies on other packages. */
package io.flowcore.worker.event;
