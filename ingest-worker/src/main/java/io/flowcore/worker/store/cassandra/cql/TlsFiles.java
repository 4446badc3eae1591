package io.flowcore.worker.store.cassandra.cql;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Reads the PEM files that Kubernetes mounts from a Secret. */
final class TlsFiles {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
  private static final char[] NO_PASSWORD = {};

  private TlsFiles() {}

  /**
   * Creates the context of encrypted connections.
   *
   * @throws StoreException if a file is missing or invalid
   */
  static SSLContext context(CassandraSettings.Tls tls) throws StoreException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          tls.certificate().isPresent() ? keys(tls.certificate().get()) : null,
          tls.authority().isPresent() ? trust(tls.authority().get()) : null,
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "cannot use the TLS files for Cassandra: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trust(Path directory) throws GeneralSecurityException, IOException {
    KeyStore store = emptyKeyStore();
    int number = 0;
    for (Certificate certificate : certificates(directory.resolve("ca.crt"))) {
      store.setCertificateEntry("ca-" + number++, certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Path directory) throws GeneralSecurityException, IOException {
    KeyStore store = emptyKeyStore();
    Certificate[] chain = certificates(directory.resolve("tls.crt")).toArray(new Certificate[0]);
    store.setKeyEntry("worker", key(directory.resolve("tls.key")), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyKeyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    return List.copyOf(
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file))));
  }

  private static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
    Matcher pem = PRIVATE_KEY.matcher(Files.readString(file));
    if (!pem.find()) {
      throw new GeneralSecurityException(
          "tls.key does not contain a PKCS #8 key (BEGIN PRIVATE KEY); convert it with openssl pkcs8 -topk8");
    }
    PKCS8EncodedKeySpec encoded =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    for (String algorithm : ALGORITHMS) {
      Optional<PrivateKey> key = key(algorithm, encoded);
      if (key.isPresent()) {
        return key.get();
      }
    }
    throw new GeneralSecurityException(
        "the algorithm of tls.key is not supported; use one of " + ALGORITHMS);
  }

  private static Optional<PrivateKey> key(String algorithm, PKCS8EncodedKeySpec encoded)
      throws GeneralSecurityException {
    try {
      return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(encoded));
    } catch (InvalidKeySpecException otherAlgorithm) {
      return Optional.empty();
    }
  }
}
