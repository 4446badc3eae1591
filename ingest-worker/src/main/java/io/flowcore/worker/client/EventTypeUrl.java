package io.flowcore.worker.client;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A webhook's URL, as {@code ./flowcore up} prints it, taken apart.
 *
 * @param base scheme, host and port, and what a proxy may put before the path
 */
public record EventTypeUrl(
    URI base, String tenant, String dataCore, String flowType, String eventType) {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(https?://[^?#]+?)(?:/api/v1)?/(?:event|events|file)/([^/?#]+)/([^/?#]+)/([^/?#]+)/([^/?#]+)");

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException with a sentence for people if it is no webhook's
   */
  public static EventTypeUrl parse(String url) {
    Matcher match = SYNTAX.matcher(url);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "'"
              + url
              + "' is no webhook; it should read http://host:port/file/{tenant}/{dataCore}/{flowType}/{eventType}");
    }
    return new EventTypeUrl(
        URI.create(match.group(1)), match.group(2), match.group(3), match.group(4), match.group(5));
  }
}
