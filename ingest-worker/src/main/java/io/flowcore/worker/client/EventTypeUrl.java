package io.flowcore.worker.client;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a webhook's URL, as {@code ./flowcore up} prints it.
 *
 * @param base scheme, host and port, and any path prefix that a proxy adds
 */
public record EventTypeUrl(
    URI base, String tenant, String dataCore, String flowType, String eventType) {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(https?://[^?#]+?)(?:/api/v1)?/(?:event|events|file)/([^/?#]+)/([^/?#]+)/([^/?#]+)/([^/?#]+)");

  /**
   * Parses the URL of a webhook.
   *
   * @throws IllegalArgumentException with a message for users if it is not the URL of a webhook
   */
  public static EventTypeUrl parse(String url) {
    Matcher match = SYNTAX.matcher(url);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "'"
              + url
              + "' is not the URL of a webhook; use http://host:port/file/{tenant}/{dataCore}/{flowType}/{eventType}");
    }
    return new EventTypeUrl(
        URI.create(match.group(1)), match.group(2), match.group(3), match.group(4), match.group(5));
  }
}
