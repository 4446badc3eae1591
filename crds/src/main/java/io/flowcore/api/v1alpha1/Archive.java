package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * Where events go for good. Exactly one kind; to keep nothing past the TTL is said with {@code
 * none: {}}.
 */
@ValidationRule(
    value =
        "(has(self.s3) ? 1 : 0) + (has(self.directory) ? 1 : 0) + (has(self.none) ? 1 : 0) == 1",
    message =
        "archive needs exactly one of s3, directory and none; write none: {} to keep nothing past the TTL")
public record Archive(
    @JsonPropertyDescription("A bucket of an S3-compatible object store.") S3 s3,
    @JsonPropertyDescription(
            "A directory on the worker's volume, for trying and for small installations.")
        Directory directory,
    @JsonPropertyDescription("No archive: an event is gone everywhere when its TTL has passed.")
        None none) {

  /** An S3 bucket. */
  public record S3(
      @Required
          @Size(min = 3, max = 63)
          @Pattern("^[a-z0-9][a-z0-9.-]*[a-z0-9]$")
          @JsonPropertyDescription(
              "Name of the bucket. Changing it: rolling restart; old segments are not moved.")
          String bucket,
      @Size(min = 1, max = 200)
          @Pattern("^[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$")
          @JsonPropertyDescription(
              "Path in front of every object, without a slash at either end. Left out: none. Changing it: rolling"
                  + " restart; old segments are not moved.")
          String prefix,
      @Size(min = 1, max = 40)
          @Pattern("^[a-z0-9-]+$")
          @JsonPropertyDescription(
              "Region of the bucket. Left out: what the worker's environment says, then us-east-1. Changing it: rolling"
                  + " restart.")
          String region,
      @Size(min = 1, max = 300)
          @Pattern("^https?://[A-Za-z0-9.:_-]+(/.*)?$")
          @JsonPropertyDescription(
              "URL of a store other than AWS, for example https://minio.example.com. Changing it: rolling restart.")
          String endpoint,
      @JsonPropertyDescription(
              "Bucket in the path instead of the host name, as MinIO wants it. Left out: false. Changing it: rolling"
                  + " restart.")
          Boolean pathStyle,
      @JsonPropertyDescription(
              "Secret with the keys accessKeyId and secretAccessKey. Left out: the credentials of the worker's"
                  + " environment, such as a role of its service account. Changing it: rolling restart.")
          SecretRef credentialsSecretRef,
      @JsonPropertyDescription(
              "Server-side encryption of every object. Left out: the bucket's own rule. Changing it: rolling restart;"
                  + " old objects stay as they are.")
          Encryption encryption,
      @Size(min = 1, max = 40)
          @Pattern("^[A-Z0-9_]+$")
          @JsonPropertyDescription(
              "Storage class of segments, for example STANDARD_IA; one that answers at once. Left out: the store's"
                  + " default. Changing it: rolling restart; old segments stay as they are.")
          String storageClass) {}

  /** How a store encrypts objects. */
  public enum Encryption {
    /** With keys of the store. */
    AES256,
    /** With the key management service. */
    @JsonProperty("aws:kms")
    AWS_KMS
  }

  /** A directory. */
  public record Directory(
      @Size(min = 1, max = 500)
          @Pattern("^/.*$")
          @JsonPropertyDescription(
              "Absolute path inside the worker. Left out: archive beside the hot store. Changing it: rolling restart;"
                  + " old segments are not moved.")
          String path) {}

  /** The explicit absence of an archive. Has no fields. */
  public record None() {}
}
