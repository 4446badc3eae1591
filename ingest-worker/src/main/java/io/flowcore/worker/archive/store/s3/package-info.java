/** Objects in S3, or what speaks like it. */
package io.flowcore.worker.archive.store.s3;
