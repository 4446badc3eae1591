/** Limits on the memory and the disk space that all requests use together. */
package io.flowcore.worker.limit;
