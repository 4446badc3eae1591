/**
 * Where events go for good: segments of many events and one manifest for every hour of an event
 * type, as objects with keys. {@code archive.directory} and {@code archive.s3} keep the objects.
 */
package io.flowcore.worker.archive;
