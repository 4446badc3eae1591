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
 * Checks keys. Denies by default, and tells a stranger nothing: an unknown key, a wrong secret and
 * a malformed header get the same answer.
 */
public final class Authenticator {
  private static final String BEARER = "bearer ";
  private static final String API_KEY = "apikey ";

  private final Clock clock;

  /** Judges expiry by a clock. */
  public Authenticator(Clock clock) {
    this.clock = clock;
  }

  /**
   * Finds out who asks.
   *
   * @param authorization the header: {@code <key>}, {@code Bearer <key>} or {@code ApiKey
   *     <id>:<key>}
   * @param keyParameter the parameter {@code key} of the URL, for senders that can set no header
   * @throws RequestRefused {@code unauthenticated} without a good key, {@code forbidden} if it is
   *     expired or suspended
   */
  public Principal authenticate(
      Optional<String> authorization, Optional<String> keyParameter, CatalogIndex catalog) {
    String text =
        authorization
            .map(Authenticator::keyOf)
            .or(() -> keyParameter)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.UNAUTHENTICATED,
                    "a key is needed: send the header Authorization: Bearer fc_<id>_<secret>"));
    KeyEntry key = KeyText.id(text).flatMap(catalog::key).orElseThrow(Authenticator::unknown);
    Instant now = clock.instant();
    KeyDigest digest = matching(key, text).orElseThrow(Authenticator::unknown);
    if (key.suspended()) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the key is suspended");
    }
    if (passed(digest.notAfter(), now) || passed(key.expiresAt(), now)) {
      throw new ApiException(ErrorCode.FORBIDDEN, "the key has expired");
    }
    return catalog
        .dataCore(key.dataCoreId())
        .map(core -> new Principal(key, core))
        .orElseThrow(Authenticator::unknown);
  }

  private static ApiException unknown() {
    return new ApiException(ErrorCode.UNAUTHENTICATED, "the key is not known here");
  }

  /** Every generation is compared, in constant time, so that timing tells nothing. */
  private static Optional<KeyDigest> matching(KeyEntry key, String text) {
    byte[] presented = KeyText.digest(text).getBytes(US_ASCII);
    KeyDigest match = null;
    for (KeyDigest digest : key.digests()) {
      if (MessageDigest.isEqual(presented, digest.sha256().getBytes(US_ASCII))) {
        match = digest;
      }
    }
    return Optional.ofNullable(match);
  }

  private static boolean passed(Optional<Instant> end, Instant now) {
    return end.isPresent() && !now.isBefore(end.get());
  }

  private static String keyOf(String header) {
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
