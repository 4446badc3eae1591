package io.flowcore.worker.archive;

import io.flowcore.worker.event.EventNames;
import io.flowcore.worker.event.TimeBucket;
import java.util.UUID;

/** An event type, and where its hours lie in an archive. Names need no escaping in a key. */
public record ArchivedType(
    String tenant,
    UUID dataCoreId,
    String dataCore,
    String flowType,
    String eventType,
    UUID eventTypeId) {
  /** Name of the manifest in an hour's folder. */
  public static final String MANIFEST = "manifest.json";

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

  /** Key of an hour's manifest. */
  public String manifest(TimeBucket bucket) {
    return folder(bucket) + "/" + MANIFEST;
  }

  /** Key of a segment of an hour. */
  public String segment(TimeBucket bucket, Segment segment) {
    return folder(bucket) + "/" + segment.name();
  }
}
