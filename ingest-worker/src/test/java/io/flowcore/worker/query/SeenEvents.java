package io.flowcore.worker.query;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Splits the runs of a response into its events, byte for byte. */
final class SeenEvents {
  private static final JsonFactory JSON = new JsonFactory();

  private SeenEvents() {}

  static List<byte[]> split(EventRun run) {
    List<byte[]> events = new ArrayList<>();
    byte[] array = new byte[run.length() + 2];
    array[0] = '[';
    System.arraycopy(run.json(), run.offset(), array, 1, run.length());
    array[array.length - 1] = ']';
    try (JsonParser parser = JSON.createParser(array)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int start = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        events.add(
            Arrays.copyOfRange(array, start, (int) parser.currentLocation().getByteOffset()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (events.size() != run.count() || !id(events.getLast()).equals(run.last())) {
      throw new AssertionError("the count or the last id of a run does not match its events");
    }
    return events;
  }

  static EventId id(byte[] event) {
    return EventId.parse(event, "{\"eventId\":\"".length()).orElseThrow();
  }
}
