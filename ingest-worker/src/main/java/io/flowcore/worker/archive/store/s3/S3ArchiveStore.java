package io.flowcore.worker.archive.store.s3;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Stores objects in a bucket. Small objects are replaced by a conditional PUT; large ones are
 * uploaded in parts. Every request has a deadline and is attempted up to {@value
 * S3Clients#ATTEMPTS} times.
 */
public final class S3ArchiveStore implements ArchiveStore {
  private static final int PRECONDITION_FAILED = 412;
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** Half of the connections; the others are for queries. */
  private static final int PARALLELISM = S3Clients.MAX_CONNECTIONS / 2;

  private static final int BUFFER = 64 << 10;

  private final S3Client client;
  private final S3Settings settings;
  private final MultipartUpload uploads;

  /** Creates a client for a bucket. Sends no request yet. */
  public S3ArchiveStore(S3Settings settings) {
    this.settings = settings;
    client = S3Clients.open(settings);
    uploads = new MultipartUpload(client, settings);
  }

  private String name(String key) {
    return settings.prefix().isEmpty() ? key : settings.prefix() + "/" + key;
  }

  private interface Access<T> {
    T run() throws ArchiveException, IOException;
  }

  /** The client's exceptions may name buckets and hosts, so they are only logged. */
  private static <T> T access(String key, Access<T> access) throws ArchiveException {
    try {
      return access.run();
    } catch (S3Exception e) {
      throw S3Failures.describe(key, e);
    } catch (SdkException | IOException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE, "the archive object " + key + " cannot be accessed", e);
    }
  }

  @Override
  public void put(String key, Path file, byte[] sha256) throws ArchiveException {
    access(
        key,
        () -> {
          long size = Files.size(file);
          String checksum = Base64.getEncoder().encodeToString(sha256);
          if (size > MultipartUpload.PART_BYTES) {
            checksum = uploads.upload(name(key), file, size);
          } else {
            String sent = checksum;
            client.putObject(
                put -> {
                  put.bucket(settings.bucket()).key(name(key)).checksumSHA256(sent);
                  settings.encryption().ifPresent(put::serverSideEncryption);
                  settings.storageClass().ifPresent(put::storageClass);
                  put.overrideConfiguration(settings.timeouts()::forUpload);
                },
                RequestBody.fromFile(file));
          }
          verify(key, size, checksum, sha256);
          return null;
        });
  }

  /** Checks what is stored, because a successful response does not prove it. */
  private void verify(String key, long size, String checksum, byte[] sha256)
      throws ArchiveException, IOException {
    HeadObjectResponse head;
    try {
      head =
          client.headObject(request ->
              request.bucket(settings.bucket()).key(name(key)).checksumMode(ChecksumMode.ENABLED));
    } catch (NoSuchKeyException e) {
      throw new ArchiveException(
          Kind.CORRUPT,
          "the store confirmed the write of " + key + ", but the object does not exist",
          e);
    }
    boolean same =
        head.contentLength() == size
            && (head.checksumSHA256() == null
                ? MessageDigest.isEqual(readBack(key), sha256)
                : head.checksumSHA256().equals(checksum));
    if (!same) {
      throw new ArchiveException(
          Kind.CORRUPT,
          "the object " + key + " differs from the " + size + " bytes that were written");
    }
  }

  /** Reads the whole object if the store does not report a checksum. */
  private byte[] readBack(String key) throws IOException {
    MessageDigest digest = Sha256.newDigest();
    byte[] buffer = new byte[BUFFER];
    try (ResponseInputStream<GetObjectResponse> in =
        client.getObject(get -> get.bucket(settings.bucket()).key(name(key)))) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return digest.digest();
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return access(
        key,
        () -> {
          try {
            ResponseBytes<GetObjectResponse> got =
                client.getObject(
                    get -> get.bucket(settings.bucket()).key(name(key)),
                    ResponseTransformer.toBytes());
            return Optional.of(new Content(got.asByteArray(), got.response().eTag()));
          } catch (NoSuchKeyException e) {
            return Optional.empty();
          }
        });
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return access(
        key,
        () -> {
          try {
            client.putObject(
                put -> {
                  put.bucket(settings.bucket()).key(name(key));
                  put.checksumSHA256(Base64.getEncoder().encodeToString(Sha256.digest(content)));
                  settings.encryption().ifPresent(put::serverSideEncryption);
                  version.ifPresentOrElse(put::ifMatch, () -> put.ifNoneMatch("*"));
                },
                RequestBody.fromBytes(content));
            return true;
          } catch (S3Exception e) {
            if (e.statusCode() != PRECONDITION_FAILED
                && e.statusCode() != CONFLICT
                && e.statusCode() != NOT_FOUND) {
              throw e;
            }
            // An earlier attempt may have succeeded although its response was lost.
            return read(key).filter(found -> Arrays.equals(found.bytes(), content)).isPresent();
          }
        });
  }

  @Override
  public byte[] range(String key, long offset, int length) throws ArchiveException {
    if (length == 0) {
      return new byte[0];
    }
    return access(
        key,
        () -> {
          try (InputStream in =
              client.getObject(get ->
                  get.bucket(settings.bucket())
                      .key(name(key))
                      .range("bytes=" + offset + "-" + (offset + length - 1)))) {
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
              throw ArchiveException.truncated(key, offset + length);
            }
            return bytes;
          } catch (NoSuchKeyException e) {
            throw ArchiveException.missing(key, e);
          } catch (S3Exception e) {
            if (e.statusCode() == RANGE_NOT_SATISFIABLE) {
              throw ArchiveException.truncated(key, offset + length);
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<Long> size(String key) throws ArchiveException {
    return access(
        key,
        () -> {
          try {
            return Optional.of(
                client
                    .headObject(head -> head.bucket(settings.bucket()).key(name(key)))
                    .contentLength());
          } catch (NoSuchKeyException e) {
            return Optional.empty();
          }
        });
  }

  private String listPrefix(String prefix) {
    return prefix.isEmpty() ? name("") : name(prefix) + "/";
  }

  @Override
  public void walk(String prefix, ObjectVisitor visitor) throws ArchiveException {
    int rootLength = name("").length();
    access(
        prefix,
        () -> {
          client
              .listObjectsV2Paginator(
                  list -> list.bucket(settings.bucket()).prefix(listPrefix(prefix)))
              .contents()
              .forEach(object -> visitor.object(object.key().substring(rootLength), object.size()));
          return null;
        });
  }

  @Override
  public List<String> list(String prefix) throws ArchiveException {
    String listPrefix = listPrefix(prefix);
    return access(
        prefix,
        () -> {
          List<String> names = new ArrayList<>();
          for (ListObjectsV2Response page :
              client.listObjectsV2Paginator(
                  list -> list.bucket(settings.bucket()).prefix(listPrefix).delimiter("/"))) {
            page.contents()
                .forEach(object -> names.add(object.key().substring(listPrefix.length())));
            page.commonPrefixes()
                .forEach(common -> names.add(common.prefix().substring(listPrefix.length())));
          }
          names.remove("");
          names.sort(null);
          return names;
        });
  }

  @Override
  public void delete(String key) throws ArchiveException {
    access(key, () -> client.deleteObject(del -> del.bucket(settings.bucket()).key(name(key))));
  }

  @Override
  public int parallelism() {
    return PARALLELISM;
  }

  @Override
  public void close() {
    client.close();
  }
}
