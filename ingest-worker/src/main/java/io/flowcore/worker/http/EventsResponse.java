package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventId;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * A response with events, streamed as they are read. It starts with the first event, so that an
 * error before that still gets an error response.
 */
final class EventsResponse {
  private static final int BUFFER_BYTES = 32 << 10;

  private final Responses responses;
  private final ServerResponse response;
  private Optional<OutputStream> out = Optional.empty();
  private boolean first = true;

  EventsResponse(Responses responses, ServerResponse response) {
    this.responses = responses;
    this.response = response;
  }

  /** Returns whether a part of the response may have been sent already. */
  boolean isStarted() {
    return out.isPresent();
  }

  /** Writes one or more events, which are separated by commas. */
  void write(byte[] json, int offset, int length) throws IOException {
    OutputStream stream = open();
    if (!first) {
      stream.write(',');
    }
    first = false;
    stream.write(json, offset, length);
  }

  /** Ends the response, with the cursor of the next page if there is one. */
  void finish(Optional<EventId> next) throws IOException {
    try (OutputStream stream = open()) {
      String cursor = next.map(id -> ",\"nextCursor\":\"" + id + "\"").orElse("");
      stream.write(("]" + cursor + "}").getBytes(UTF_8));
    }
  }

  private OutputStream open() throws IOException {
    if (out.isEmpty()) {
      response.header(HeaderValues.CONTENT_TYPE_JSON);
      OutputStream opened = new BufferedOutputStream(responses.openStream(response), BUFFER_BYTES);
      opened.write("{\"events\":[".getBytes(UTF_8));
      out = Optional.of(opened);
    }
    return out.get();
  }
}
