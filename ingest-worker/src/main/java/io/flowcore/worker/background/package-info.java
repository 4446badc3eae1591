/** Work that goes on beside requests. */
package io.flowcore.worker.background;
