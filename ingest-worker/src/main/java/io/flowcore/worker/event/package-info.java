/** Values: events, their ids and times. No I/O, and nothing of the other rooms. */
package io.flowcore.worker.event;
