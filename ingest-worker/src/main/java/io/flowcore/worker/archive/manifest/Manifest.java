package io.flowcore.worker.archive.manifest;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What was archived of one hour of one event type: the only thing that makes a segment count.
 * Replaced as a whole, by whoever saw it last.
 *
 * @param version of this format
 * @param timeBucket the hour, as queries name it
 * @param generation 1 at first, one more with each replacement
 * @param events in all segments; an event that two archivers wrote counts twice
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
  /** The version that this program writes and reads. */
  public static final int VERSION = 1;

  public Manifest {
    segments = List.copyOf(segments);
  }

  /** The first generation of an hour, with no segment yet. */
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

  /** The event type that it speaks of. */
  public ArchiveKeyLayout type() {
    return new ArchiveKeyLayout(tenant, dataCoreId, dataCore, flowType, eventType, eventTypeId);
  }

  /** The key under which it lies; empty if it names no hour. */
  String key() {
    return TimeBucket.parse(timeBucket).map(hour -> type().manifest(hour)).orElse("");
  }

  /** The next generation: some segments less, others more. */
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
