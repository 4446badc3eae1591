/** Stores uploaded files: receives the form, spools the file to disk, and stores it in parts. */
package io.flowcore.worker.ingest.file;
