/** The catalog in force: read from files, replaced as a whole when they change. */
package io.flowcore.worker.catalog;
