package io.flowcore.worker.catalog;

import com.networknt.schema.JsonSchema;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.EventSchemas;
import java.util.Optional;

/**
 * An event type with its flow type and data core, prepared for ingestion.
 *
 * @param schema the compiled JSON Schema that events must match, if any
 */
public record ResolvedEventType(
    DataCoreEntry dataCore,
    FlowTypeEntry flowType,
    EventTypeEntry eventType,
    Optional<JsonSchema> schema) {
  /** Creates an event type and compiles its schema. */
  static ResolvedEventType of(
      DataCoreEntry dataCore, FlowTypeEntry flowType, EventTypeEntry eventType) {
    return new ResolvedEventType(
        dataCore, flowType, eventType, eventType.schema().map(EventSchemas::compile));
  }
}
