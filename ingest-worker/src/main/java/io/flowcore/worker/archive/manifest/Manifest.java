package io.flowcore.worker.archive.manifest;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The list of the committed segments of one hour of one event type. A segment that no manifest
 * lists is not part of the archive. A manifest is replaced as a whole, by compare and set.
 *
 * @param version of this format
 * @param timeBucket the hour, as in queries
 * @param generation 1 for the first manifest of an hour, increased by each replacement
 * @param events in all segments; an event that two archivers wrote is counted twice
 * @param segments in the order in which they were added
 */
@JsonPropertyOrder({
  "version",
  "tenant",
  "dataCoreId",
  "dataCore",
  "flowType",
  "eventType",
  "eventTypeId",
  "timeBucket",
  "generation",
  "events",
  "segments"
})
public record Manifest(
    int version,
    String tenant,
    UUID dataCoreId,
    String dataCore,
    String flowType,
    String eventType,
    UUID eventTypeId,
    String timeBucket,
    long generation,
    long events,
    List<Segment> segments) {
  /** The version of the format that this worker writes and reads. */
  public static final int VERSION = 1;

  public Manifest {
    segments = List.copyOf(segments);
  }

  /** Returns generation 0 of an hour, which has no segments and is never written. */
  public static Manifest empty(ArchiveKeyLayout type, String timeBucket) {
    return new Manifest(
        VERSION,
        type.tenant(),
        type.dataCoreId(),
        type.dataCore(),
        type.flowType(),
        type.eventType(),
        type.eventTypeId(),
        timeBucket,
        0,
        0,
        List.of());
  }

  /** Returns the event type. */
  public ArchiveKeyLayout type() {
    return new ArchiveKeyLayout(tenant, dataCoreId, dataCore, flowType, eventType, eventTypeId);
  }

  /** Returns the key of this manifest; empty if the time bucket is invalid. */
  String key() {
    return TimeBucket.parse(timeBucket).map(hour -> type().manifestKey(hour)).orElse("");
  }

  /** Returns the next generation, with some segments removed and others added. */
  public Manifest next(List<Segment> removed, List<Segment> added) {
    List<Segment> all = new ArrayList<>(segments);
    all.removeAll(removed);
    all.addAll(added);
    long count = all.stream().mapToLong(Segment::events).sum();
    return new Manifest(
        version,
        tenant,
        dataCoreId,
        dataCore,
        flowType,
        eventType,
        eventTypeId,
        timeBucket,
        generation + 1,
        count,
        all);
  }
}
