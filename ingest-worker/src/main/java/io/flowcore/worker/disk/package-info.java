/** How much space is free on a disk, and what may still use it. */
package io.flowcore.worker.disk;
