package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * Long-term storage for events. Exactly one kind. {@code none: {}} states explicitly that nothing
 * is kept after the TTL.
 */
@ValidationRule(
    value =
        "(has(self.s3) ? 1 : 0) + (has(self.directory) ? 1 : 0) + (has(self.none) ? 1 : 0) == 1",
    message =
        "archive needs exactly one of s3, directory and none; set none: {} to keep nothing after the TTL")
public record Archive(
    @JsonPropertyDescription("Stores segments in a bucket of an S3-compatible object store.") S3 s3,
    @JsonPropertyDescription(
            "Stores segments in a directory on the worker's volume. For trials and small installations.")
        Directory directory,
    @JsonPropertyDescription(
            "Archives nothing. An event is deleted when its TTL has passed. Changes apply by live reload. Events"
                + " that are not archived yet when an archive is removed are kept for one more hour, and are then"
                + " deleted when their TTL has passed. Archived events can no longer be queried; their objects are"
                + " not deleted.")
        None none) {

  /** An S3 bucket. */
  public record S3(
      @Required
          @Size(min = 3, max = 63)
          @Pattern("^[a-z0-9][a-z0-9.-]*[a-z0-9]$")
          @JsonPropertyDescription(
              "Name of the bucket. Changes apply by live reload. Existing segments are not moved.")
          String bucket,
      @Size(min = 1, max = 200)
          @Pattern("^[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$")
          @JsonPropertyDescription(
              "Prefix of every object key, without a leading or trailing slash. Default: no prefix. Changes apply"
                  + " by live reload. Existing segments are not moved.")
          String prefix,
      @Size(min = 1, max = 40)
          @Pattern("^[a-z0-9-]+$")
          @JsonPropertyDescription(
              "Region of the bucket. Default: the region from the worker's environment, else us-east-1. Changes"
                  + " apply by live reload.")
          String region,
      @Size(min = 1, max = 300)
          @Pattern("^https?://[A-Za-z0-9.:_-]+(/.*)?$")
          @JsonPropertyDescription(
              "URL of a store other than AWS, for example https://minio.example.com. Default: AWS. Changes apply"
                  + " by live reload.")
          String endpoint,
      @JsonPropertyDescription(
              "Puts the bucket name in the path instead of the host name, as MinIO requires. Default: false."
                  + " Changes apply by live reload.")
          Boolean pathStyle,
      @JsonPropertyDescription(
              "Secret with the keys accessKeyId and secretAccessKey. Default: the credentials of the worker's"
                  + " environment, such as a role bound to its service account. A change of the reference causes a"
                  + " rolling restart; a change of the Secret's content does not.")
          SecretRef credentialsSecretRef,
      @JsonPropertyDescription(
              "Server-side encryption of new objects: AES256 or aws:kms. Default: the bucket's own setting."
                  + " Changes apply by live reload. Existing objects stay as they are.")
          Encryption encryption,
      @Size(min = 1, max = 40)
          @Pattern("^[A-Z0-9_]+$")
          @JsonPropertyDescription(
              "Storage class of new segments, for example STANDARD_IA. Must be a class with immediate access."
                  + " Default: the store's default. Changes apply by live reload. Existing segments stay as they are.")
          String storageClass) {}

  /** Server-side encryption of objects. */
  public enum Encryption {
    /** Encrypts with keys that the store manages. */
    AES256,
    /** Encrypts with keys of the key management service. */
    @JsonProperty("aws:kms")
    AWS_KMS
  }

  /** A directory on the worker's volume. */
  @ValidationRule(
      value = "!has(self.path) || !self.path.matches('(^|/)[.][.](/|$)')",
      message = "archive.directory.path must not contain '..'; write the path without it")
  public record Directory(
      @Size(min = 1, max = 500)
          @Pattern("^/.*$")
          @JsonPropertyDescription(
              "Absolute path inside the worker, without '..'. Default: the directory archive in the worker's data directory."
                  + " Changes apply by live reload. Existing segments are not moved.")
          String path) {}

  /** No archive. Has no fields. */
  public record None() {}
}
