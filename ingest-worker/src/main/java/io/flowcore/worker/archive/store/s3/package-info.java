/** An archive store in S3 or a compatible object store. */
package io.flowcore.worker.archive.store.s3;
