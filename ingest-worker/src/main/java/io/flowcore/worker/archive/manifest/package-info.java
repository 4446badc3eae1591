/** Manifests: which segments of an hour are committed. */
package io.flowcore.worker.archive.manifest;
