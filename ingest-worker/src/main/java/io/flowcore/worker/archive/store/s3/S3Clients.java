package io.flowcore.worker.archive.store.s3;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Creates S3 clients. */
final class S3Clients {
  /** The maximum number of attempts for each request, with exponential backoff. */
  static final int ATTEMPTS = 3;

  /** The maximum number of requests at the same time. */
  static final int MAX_CONNECTIONS = 32;

  private S3Clients() {}

  static S3Client open(S3Settings settings) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(region(settings))
            .credentialsProvider(credentials(settings))
            .forcePathStyle(settings.pathStyle())
            // Checksums are set explicitly; many S3-compatible stores reject the automatic ones.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(MAX_CONNECTIONS)
                    .connectionTimeout(settings.timeouts().attempt())
                    .socketTimeout(settings.timeouts().attempt()))
            .overrideConfiguration(override ->
                override
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(ATTEMPTS)
                            .build())
                    .apiCallAttemptTimeout(settings.timeouts().attempt())
                    .apiCallTimeout(settings.timeouts().request()));
    settings.endpoint().ifPresent(builder::endpointOverride);
    return builder.build();
  }

  private static AwsCredentialsProvider credentials(S3Settings settings) {
    return settings
        .credentials()
        .<AwsCredentialsProvider>map(supplier ->
            () ->
                AwsBasicCredentials.create(
                    supplier.get().accessKeyId(), supplier.get().secretAccessKey()))
        .orElseGet(() -> DefaultCredentialsProvider.builder().build());
  }

  private static Region region(S3Settings settings) {
    if (settings.region().isPresent()) {
      return Region.of(settings.region().get());
    }
    try {
      return new DefaultAwsRegionProviderChain().getRegion();
    } catch (SdkClientException noneFound) {
      return Region.US_EAST_1;
    }
  }
}
