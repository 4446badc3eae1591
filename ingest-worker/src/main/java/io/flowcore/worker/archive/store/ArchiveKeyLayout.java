package io.flowcore.worker.archive.store;

import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.event.EventNames;
import io.flowcore.worker.event.TimeBucket;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An event type, and where its hours lie in an archive. Names need no escaping in a key. */
public record ArchiveKeyLayout(
    String tenant,
    UUID dataCoreId,
    String dataCore,
    String flowType,
    String eventType,
    UUID eventTypeId) {
  /** Name of the manifest in an hour's folder. */
  public static final String MANIFEST = "manifest.json";

  private static final Pattern HOUR = Pattern.compile("(\\d{4})/(\\d{2})/(\\d{2})/(\\d{2})");
  private static final int HOUR_LENGTH = "yyyy/MM/dd/HH".length();

  /** Of an hour's folder: four names of the event type, four of the hour. */
  private static final int SLASHES = 7;

  /** The names that stand in each of its events. */
  public EventNames names() {
    return new EventNames(tenant, dataCoreId, flowType, eventType);
  }

  /** {@code {tenant}/{dataCore}/{flowType}/{eventType}}. */
  public String folder() {
    return tenant + "/" + dataCore + "/" + flowType + "/" + eventType;
  }

  /** {@code {folder}/{yyyy}/{MM}/{dd}/{HH}}. */
  public String folder(TimeBucket bucket) {
    String digits = bucket.toString();
    return folder()
        + "/"
        + digits.substring(0, 4)
        + "/"
        + digits.substring(4, 6)
        + "/"
        + digits.substring(6, 8)
        + "/"
        + digits.substring(8, 10);
  }

  /** The hour of a folder {@code {yyyy}/{MM}/{dd}/{HH}}; empty if it is none. */
  public static Optional<TimeBucket> hour(String folder) {
    Matcher hour = HOUR.matcher(folder);
    return hour.matches()
        ? TimeBucket.parse(hour.group(1) + hour.group(2) + hour.group(3) + hour.group(4) + "0000")
        : Optional.empty();
  }

  /** The hour of a whole folder, of whatever event type; empty if it is none. */
  public static Optional<TimeBucket> hourOf(String folder) {
    int at = folder.length() - HOUR_LENGTH;
    return at > 0 && folder.charAt(at - 1) == '/' ? hour(folder.substring(at)) : Optional.empty();
  }

  /** Whether a folder is one of an hour, with an event type's four names before it. */
  public static boolean isHour(String folder) {
    return hourOf(folder).isPresent()
        && folder.chars().filter(character -> character == '/').count() == SLASHES;
  }

  /** Key of an hour's manifest. */
  public String manifest(TimeBucket bucket) {
    return folder(bucket) + "/" + MANIFEST;
  }

  /** Key of a segment of an hour. */
  public String segment(TimeBucket bucket, Segment segment) {
    return folder(bucket) + "/" + segment.name();
  }
}
