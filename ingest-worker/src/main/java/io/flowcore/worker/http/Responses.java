package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.http.transport.DeadlineOutputStream;
import io.flowcore.worker.http.transport.WriteDeadline;
import io.flowcore.worker.ingest.file.FileIngestion.StoredFile;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Sends responses. Every write has a deadline: a client that does not read its response in time is
 * disconnected.
 */
final class Responses {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int RETRY_AFTER_SECONDS = 1;

  /** Length of a UUID in quotes, with a comma. */
  private static final int ID_CHARACTERS = 39;

  /** An id and the reference to it. */
  private static final int ID_OBJECT_BYTES = 32;

  private final WriteDeadline deadline;

  Responses(WriteDeadline deadline) {
    this.deadline = deadline;
  }

  /**
   * Acknowledges one event. Names of flow types and event types need no escaping: they contain only
   * lowercase letters, digits, dots, hyphens and underscores.
   */
  void sendEvent(ServerResponse response, EventId id, String flowType, String eventType) {
    sendJson(
        response,
        "{\"success\":true,\"received\":true,\"eventId\":\""
            + id
            + "\",\"flowType\":\""
            + flowType
            + "\",\"eventType\":\""
            + eventType
            + "\"}");
  }

  /** Returns the memory of a response to a batch: the ids, their text, and its bytes. */
  static long memoryOfIds(int ids) {
    return (long) ids * (ID_OBJECT_BYTES + 2 * ID_CHARACTERS);
  }

  /** Acknowledges a batch, with the ids in the order of its events. */
  void sendEvents(ServerResponse response, List<EventId> ids) {
    StringBuilder text = new StringBuilder(64 + ids.size() * ID_CHARACTERS);
    text.append("{\"success\":true,\"received\":true,\"eventIds\":[");
    for (int i = 0; i < ids.size(); i++) {
      text.append(i == 0 ? "\"" : ",\"").append(ids.get(i)).append('"');
    }
    sendJson(response, text.append("]}").toString());
  }

  /** Acknowledges a file. */
  void sendFile(ServerResponse response, StoredFile file) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeBooleanField("success", true);
      json.writeBooleanField("received", true);
      json.writeStringField("fileId", file.fileId());
      json.writeStringField("checksum", file.checksum());
      json.writeStringField("hashType", "SHA256");
      json.writeNumberField("totalParts", file.totalParts());
      json.writeArrayFieldStart("eventIds");
      for (EventId id : file.eventIds()) {
        json.writeString(id.toString());
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to a byte array cannot fail", e);
    }
    sendJson(response, bytes.toByteArray());
  }

  /** Sends an error in the form of the HTTP contract. */
  void sendError(ServerResponse response, ApiException error) {
    int status = error.code().status();
    response.status(Status.create(status)).header(HeaderValues.CONTENT_TYPE_JSON);
    if (error.code().retryable()) {
      response.header(HeaderNames.RETRY_AFTER, String.valueOf(RETRY_AFTER_SECONDS));
    }
    if (status == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    sendBytes(response, ErrorBody.encode(error));
  }

  /** Sends a JSON text. */
  void sendJson(ServerResponse response, String json) {
    sendJson(response, json.getBytes(UTF_8));
  }

  private void sendJson(ServerResponse response, byte[] json) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    sendBytes(response, json);
  }

  /**
   * Sends a body whose content type is already set.
   *
   * @throws UncheckedIOException if the client has disconnected or does not read in time
   */
  void sendBytes(ServerResponse response, byte[] body) {
    try {
      deadline.enforce(() -> response.send(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a stream for a body that is written in several pieces. */
  OutputStream openStream(ServerResponse response) {
    return new DeadlineOutputStream(response.outputStream(), deadline);
  }
}
