package io.flowcore.worker.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.flowcore.catalog.Catalog.KeyDigest;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.KeyText;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Authenticates requests by their webhook key. Denies by default. An unknown key, a wrong secret
 * and a malformed header get the same error, so that clients cannot find out which keys exist.
 */
public final class Authenticator {
  private static final String BEARER = "bearer ";
  private static final String API_KEY = "apikey ";

  private final Clock clock;

  /** Creates an authenticator that checks the expiration of keys against a clock. */
  public Authenticator(Clock clock) {
    this.clock = clock;
  }

  /**
   * Returns the principal of a request.
   *
   * @param authorization the header {@code Authorization}: {@code <key>}, {@code Bearer <key>} or
   *     {@code ApiKey <id>:<key>}
   * @param keyParameter the query parameter {@code key}, for clients that cannot set headers. It is
   *     not used if there is a header: a proxy that adds its own credentials would otherwise decide
   *     unnoticed which key is checked
   * @throws ApiException with {@code unauthenticated} if there is no valid key, or with {@code
   *     forbidden} if the key is expired or suspended
   */
  public Principal authenticate(
      Optional<String> authorization, Optional<String> keyParameter, CatalogIndex catalog) {
    boolean both = authorization.isPresent() && keyParameter.isPresent();
    String text =
        authorization
            .map(Authenticator::keyIn)
            .or(() -> keyParameter)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.UNAUTHENTICATED,
                    "a key is required; send the header Authorization: Bearer fc_<id>_<secret>"));
    Optional<String> id = KeyText.id(text);
    if (id.isEmpty() && both) {
      // Does not depend on the parameter's value, so that it reveals nothing about keys.
      throw new ApiException(
          ErrorCode.UNAUTHENTICATED,
          "the request has both the parameter key and a header Authorization that is not a key of"
              + " this service; the header is used, so remove it or set it to the key");
    }
    KeyEntry key = id.flatMap(catalog::key).orElseThrow(() -> invalidKey(both));
    Instant now = clock.instant();
    KeyDigest digest = findDigest(key, text).orElseThrow(() -> invalidKey(both));
    if (key.suspended()) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the key is suspended; send another key");
    }
    if (hasPassed(digest.notAfter(), now) || hasPassed(key.expiresAt(), now)) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the key has expired; send another key");
    }
    return catalog
        .dataCore(key.dataCoreId())
        .map(core -> new Principal(key, core))
        .orElseThrow(() -> invalidKey(both));
  }

  private static ApiException invalidKey(boolean both) {
    return new ApiException(
        ErrorCode.UNAUTHENTICATED,
        both
            ? "the key in the header Authorization is not valid; the parameter key is not used"
                + " because there is a header"
            : "the key is not valid; check its id and its secret");
  }

  /** Compares every digest in constant time, so that response times reveal nothing. */
  private static Optional<KeyDigest> findDigest(KeyEntry key, String text) {
    byte[] presented = KeyText.digest(text).getBytes(US_ASCII);
    KeyDigest match = null;
    for (KeyDigest digest : key.digests()) {
      if (MessageDigest.isEqual(presented, digest.sha256().getBytes(US_ASCII))) {
        match = digest;
      }
    }
    return Optional.ofNullable(match);
  }

  private static boolean hasPassed(Optional<Instant> end, Instant now) {
    return end.isPresent() && !now.isBefore(end.get());
  }

  private static String keyIn(String header) {
    String text = header.strip();
    if (text.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return text.substring(BEARER.length()).strip();
    }
    if (text.regionMatches(true, 0, API_KEY, 0, API_KEY.length())) {
      String pair = text.substring(API_KEY.length()).strip();
      return pair.substring(pair.indexOf(':') + 1);
    }
    return text;
  }
}
