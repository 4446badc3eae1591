package io.flowcore.worker.archive.store;

import io.flowcore.worker.event.EventNames;
import io.flowcore.worker.event.TimeBucket;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names and ids of an event type, and the keys of its objects in an archive. Names need no
 * escaping in a key.
 */
public record ArchiveKeyLayout(
    String tenant,
    UUID dataCoreId,
    String dataCore,
    String flowType,
    String eventType,
    UUID eventTypeId) {
  /** The name of the manifest below the prefix of an hour. */
  public static final String MANIFEST = "manifest.json";

  private static final Pattern HOUR = Pattern.compile("(\\d{4})/(\\d{2})/(\\d{2})/(\\d{2})");
  private static final int HOUR_LENGTH = "yyyy/MM/dd/HH".length();

  /** Slashes in the prefix of an hour: four names of the event type, four parts of the hour. */
  private static final int SLASHES = 7;

  /** Returns the names that are part of each event. */
  public EventNames names() {
    return new EventNames(tenant, dataCoreId, flowType, eventType);
  }

  /** Returns {@code {tenant}/{dataCore}/{flowType}/{eventType}}. */
  public String typePrefix() {
    return tenant + "/" + dataCore + "/" + flowType + "/" + eventType;
  }

  /** Returns {@code {typePrefix}/{yyyy}/{MM}/{dd}/{HH}}. */
  public String hourPrefix(TimeBucket bucket) {
    String digits = bucket.toString();
    return typePrefix()
        + "/"
        + digits.substring(0, 4)
        + "/"
        + digits.substring(4, 6)
        + "/"
        + digits.substring(6, 8)
        + "/"
        + digits.substring(8, 10);
  }

  /** Returns the key of the manifest of an hour. */
  public String manifestKey(TimeBucket bucket) {
    return hourPrefix(bucket) + "/" + MANIFEST;
  }

  /** Returns the key of a segment of an hour. */
  public String segmentKey(TimeBucket bucket, String segmentName) {
    return hourPrefix(bucket) + "/" + segmentName;
  }

  /** Reads {@code {yyyy}/{MM}/{dd}/{HH}}; empty if the path is not an hour. */
  public static Optional<TimeBucket> parseHour(String path) {
    Matcher hour = HOUR.matcher(path);
    return hour.matches()
        ? TimeBucket.parse(hour.group(1) + hour.group(2) + hour.group(3) + hour.group(4) + "0000")
        : Optional.empty();
  }

  /** Returns the hour at the end of a prefix of any event type; empty if there is no hour. */
  public static Optional<TimeBucket> hourOfPrefix(String prefix) {
    int at = prefix.length() - HOUR_LENGTH;
    return at > 0 && prefix.charAt(at - 1) == '/'
        ? parseHour(prefix.substring(at))
        : Optional.empty();
  }

  /** Returns whether a prefix is that of an hour, preceded by the four names of an event type. */
  public static boolean isHourPrefix(String prefix) {
    return hourOfPrefix(prefix).isPresent()
        && prefix.chars().filter(character -> character == '/').count() == SLASHES;
  }
}
