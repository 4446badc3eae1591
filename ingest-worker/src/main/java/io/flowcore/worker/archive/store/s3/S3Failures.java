package io.flowcore.worker.archive.store.s3;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Converts error responses of a store. */
final class S3Failures {
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;

  private S3Failures() {}

  /**
   * Describes a response that is an error. The store itself may be overloaded or down; any other
   * error concerns this object, and says nothing about other objects.
   */
  static ArchiveException describe(String key, S3Exception e) {
    int status = e.statusCode();
    if (status >= SERVER_ERROR || status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS) {
      return new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive object "
              + key
              + " cannot be accessed; the store responded with status "
              + status,
          e);
    }
    return new ArchiveException(
        Kind.REJECTED,
        "the store rejected a request for the archive object "
            + key
            + " with status "
            + status
            + "; check the bucket, and the credentials of the worker and their permissions",
        e);
  }
}
