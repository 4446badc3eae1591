/** The active catalog: loaded from files, and replaced as a whole when they change. */
package io.flowcore.worker.catalog;
