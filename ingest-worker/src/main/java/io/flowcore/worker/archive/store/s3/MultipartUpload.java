package io.flowcore.worker.archive.store.s3;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.background.FailureLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Uploads a large object in parts, with one part in memory at a time. Aborts the upload if it
 * fails.
 */
final class MultipartUpload {
  /**
   * The size of every part except the last. S3 accepts parts of 5 MiB to 5 GiB, and up to 10,000 of
   * them.
   */
  static final int PART_BYTES = 8 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(MultipartUpload.class);

  private final S3Client client;
  private final S3Settings settings;

  MultipartUpload(S3Client client, S3Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  /**
   * Uploads a file.
   *
   * @return the checksum that the store reports for the object: the SHA-256 of the concatenated
   *     SHA-256s of the parts, in base64, a hyphen and the number of parts
   */
  String upload(String name, Path file, long size) throws IOException {
    String upload =
        client
            .createMultipartUpload(create -> {
              create.bucket(settings.bucket()).key(name);
              create.checksumAlgorithm(ChecksumAlgorithm.SHA256);
              settings.encryption().ifPresent(create::serverSideEncryption);
              settings.storageClass().ifPresent(create::storageClass);
            })
            .uploadId();
    try {
      return uploadParts(name, upload, file, size);
    } catch (SdkException | IOException e) {
      abort(name, upload);
      throw e;
    }
  }

  private String uploadParts(String name, String upload, Path file, long size) throws IOException {
    List<CompletedPart> parts = new ArrayList<>();
    MessageDigest whole = Sha256.newDigest();
    try (InputStream in = Files.newInputStream(file)) {
      for (long at = 0; at < size; at += PART_BYTES) {
        byte[] bytes = in.readNBytes((int) Math.min(PART_BYTES, size - at));
        byte[] digest = Sha256.digest(bytes);
        whole.update(digest);
        parts.add(uploadPart(name, upload, parts.size() + 1, bytes, digest));
      }
    }
    client.completeMultipartUpload(complete ->
        complete
            .bucket(settings.bucket())
            .key(name)
            .uploadId(upload)
            .multipartUpload(all -> all.parts(parts)));
    return Base64.getEncoder().encodeToString(whole.digest()) + "-" + parts.size();
  }

  private CompletedPart uploadPart(
      String name, String upload, int number, byte[] bytes, byte[] digest) {
    String checksum = Base64.getEncoder().encodeToString(digest);
    String tag =
        client
            .uploadPart(
                part ->
                    part.bucket(settings.bucket())
                        .key(name)
                        .uploadId(upload)
                        .partNumber(number)
                        .checksumSHA256(checksum)
                        .overrideConfiguration(settings.timeouts()::forUpload),
                RequestBody.fromBytes(bytes))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).checksumSHA256(checksum).build();
  }

  /** Parts of an incomplete upload are billed until a lifecycle rule of the bucket deletes them. */
  private void abort(String name, String upload) {
    try {
      client.abortMultipartUpload(
          abort -> abort.bucket(settings.bucket()).key(name).uploadId(upload));
    } catch (SdkException e) {
      LOG.warn(
          "Could not abort an incomplete upload; it stays in the bucket until a lifecycle rule deletes it: {}",
          FailureLog.describe(e));
    }
  }
}
