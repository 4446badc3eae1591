/** Where the objects of an archive are kept, and their keys. */
package io.flowcore.worker.archive.store;
