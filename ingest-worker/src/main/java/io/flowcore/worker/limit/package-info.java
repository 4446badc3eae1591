/** Limits on the memory and the disk space that requests use together. */
package io.flowcore.worker.limit;
