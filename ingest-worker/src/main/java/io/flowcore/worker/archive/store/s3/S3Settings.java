package io.flowcore.worker.archive.store.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;

/**
 * The location of a bucket and the settings of its client.
 *
 * @param prefix of every key, without a leading or trailing slash; may be empty
 * @param region empty for the region of the environment, or us-east-1 if the environment sets none
 * @param endpoint the URL of an S3-compatible store; empty for AWS
 * @param pathStyle whether the bucket is part of the path instead of the host name
 * @param credentials read before each request, so that they can be rotated; empty for those of the
 *     environment: variables, a role of the service account (IRSA, Pod Identity), or the instance
 *     profile
 * @param encryption {@code AES256} or {@code aws:kms}; empty for the default of the bucket
 * @param storageClass of segments, such as {@code STANDARD_IA}; empty for the default of the store
 */
public record S3Settings(
    String bucket,
    String prefix,
    Optional<String> region,
    Optional<URI> endpoint,
    boolean pathStyle,
    Optional<Supplier<Credentials>> credentials,
    Optional<String> encryption,
    Optional<String> storageClass,
    Timeouts timeouts) {

  /** An access key pair. Its string form does not contain the secret. */
  public record Credentials(String accessKeyId, String secretAccessKey) {
    @Override
    public String toString() {
      return "Credentials[" + accessKeyId + "]";
    }
  }

  /**
   * Timeouts of requests.
   *
   * @param attempt for one attempt of a request; there are up to {@value S3Clients#ATTEMPTS}
   * @param request for a request with all its attempts
   * @param upload for one attempt to send a part of a segment of up to {@value
   *     MultipartUpload#PART_BYTES} bytes; {@value S3Clients#ATTEMPTS} times as long for all
   *     attempts
   */
  public record Timeouts(Duration attempt, Duration request, Duration upload) {
    /** 20 seconds, one minute, and the two minutes that a part needs on a 0.6 Mbit/s link. */
    public static final Timeouts DEFAULT =
        new Timeouts(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofMinutes(2));

    void forUpload(AwsRequestOverrideConfiguration.Builder override) {
      override
          .apiCallAttemptTimeout(upload)
          .apiCallTimeout(upload.multipliedBy(S3Clients.ATTEMPTS));
    }
  }
}
