package io.flowcore.worker.archive.store.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;

/**
 * Where a bucket is, and how to speak to it.
 *
 * @param prefix in front of every key, without a slash at either end; may be empty
 * @param region empty for what the environment says, then us-east-1
 * @param endpoint of a store other than AWS
 * @param pathStyle whether the bucket stands in the path rather than in the host name
 * @param credentials asked before each request, so that they may change; empty for those of the
 *     environment: variables, a role of the service account (IRSA, Pod Identity), the machine's
 *     profile
 * @param encryption {@code AES256} or {@code aws:kms}; empty for the bucket's own rule
 * @param storageClass of segments, such as {@code STANDARD_IA}; empty for the store's default
 * @param timeouts how long to wait
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

  /** A static pair. Its text tells nothing secret. */
  public record Credentials(String accessKeyId, String secretAccessKey) {
    @Override
    public String toString() {
      return "Credentials[" + accessKeyId + "]";
    }
  }

  /**
   * How long to wait.
   *
   * @param attempt for one attempt of one request, of which there are {@value S3Clients#ATTEMPTS}
   *     at most
   * @param request for a request with all its attempts
   * @param upload for one attempt to send a part of a segment, {@value MultipartUpload#PART_BYTES}
   *     bytes at most; {@value S3Clients#ATTEMPTS} times that with all attempts
   */
  public record Timeouts(Duration attempt, Duration request, Duration upload) {
    /** 20 seconds, a minute, and two minutes, which a link of 0.6 Mbit/s needs for a part. */
    public static final Timeouts DEFAULT =
        new Timeouts(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofMinutes(2));

    void forUpload(AwsRequestOverrideConfiguration.Builder override) {
      override
          .apiCallAttemptTimeout(upload)
          .apiCallTimeout(upload.multipliedBy(S3Clients.ATTEMPTS));
    }
  }
}
