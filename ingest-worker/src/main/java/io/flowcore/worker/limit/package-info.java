/** Bounds on what requests may take together. */
package io.flowcore.worker.limit;
