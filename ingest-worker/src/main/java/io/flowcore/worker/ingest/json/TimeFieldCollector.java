package io.flowcore.worker.ingest.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.flowcore.worker.ingest.json.JsonSplitter.TimeField;
import java.io.IOException;
import java.util.Optional;

/** Collects the field of one event that contains a time. Null is the same as no field. */
final class TimeFieldCollector {
  private final Optional<String> key;
  private Optional<TimeField> field = Optional.empty();
  private boolean seen;

  /**
   * Creates a collector.
   *
   * @param key the name of the field; empty if no field contains the time
   */
  TimeFieldCollector(Optional<String> key) {
    this.key = key;
  }

  /** Starts the next event. */
  void reset() {
    field = Optional.empty();
    seen = false;
  }

  /** Looks at a top-level field of the event, whose value starts with the parser's token. */
  void accept(String name, JsonParser parser) throws IOException {
    if (key.isEmpty() || !key.get().equals(name)) {
      return;
    }
    JsonToken value = parser.currentToken();
    if (seen) {
      field = Optional.of(new TimeField(name, Optional.empty(), true));
    } else if (value != JsonToken.VALUE_NULL) {
      Optional<String> text =
          value == JsonToken.VALUE_STRING ? Optional.of(parser.getText()) : Optional.empty();
      field = Optional.of(new TimeField(name, text, false));
    }
    seen = true;
  }

  /** Returns the field of the current event. */
  Optional<TimeField> field() {
    return field;
  }
}
