/** Manifests: which segments of an hour are committed, and which hours have segments. */
package io.flowcore.worker.archive.manifest;
