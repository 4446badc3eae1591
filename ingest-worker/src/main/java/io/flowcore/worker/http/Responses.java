package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ApiException.Detail;
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

/** The JSON answers to requests that ingest, and to those that are refused. */
public final class Responses {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int RETRY_AFTER_SECONDS = 1;

  private final WriteDeadline deadline;

  /** Gives up clients that don't read in time. */
  Responses(WriteDeadline deadline) {
    this.deadline = deadline;
  }

  /** Names of flow types and event types need no escaping: their characters are restricted. */
  void event(ServerResponse response, EventId id, String flowType, String eventType) {
    send(
        response,
        "{\"success\":true,\"received\":true,\"eventId\":\""
            + id
            + "\",\"flowType\":\""
            + flowType
            + "\",\"eventType\":\""
            + eventType
            + "\"}");
  }

  void events(ServerResponse response, List<EventId> ids) {
    StringBuilder text = new StringBuilder(64 + ids.size() * 39);
    text.append("{\"success\":true,\"received\":true,\"eventIds\":");
    appendIds(text, ids);
    send(response, text.append('}').toString());
  }

  void file(ServerResponse response, StoredFile file) {
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
      throw new UncheckedIOException("an array of bytes can be written", e);
    }
    send(response, bytes.toByteArray());
  }

  static void appendIds(StringBuilder text, List<EventId> ids) {
    text.append('[');
    for (int i = 0; i < ids.size(); i++) {
      text.append(i == 0 ? "\"" : ",\"").append(ids.get(i)).append('"');
    }
    text.append(']');
  }

  void send(ServerResponse response, String json) {
    send(response, json.getBytes(UTF_8));
  }

  private void send(ServerResponse response, byte[] json) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    sendBytes(response, json);
  }

  /** Sends a body whose type is set already. */
  void sendBytes(ServerResponse response, byte[] body) {
    try {
      deadline.watch(() -> response.send(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A body that is written piece by piece. */
  OutputStream stream(ServerResponse response) {
    return new DeadlineOutputStream(response.outputStream(), deadline);
  }

  void refused(ServerResponse response, ApiException refused) {
    int status = refused.code().status();
    response.status(Status.create(status)).header(HeaderValues.CONTENT_TYPE_JSON);
    if (refused.code().retryable()) {
      response.header(HeaderNames.RETRY_AFTER, String.valueOf(RETRY_AFTER_SECONDS));
    }
    if (status == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    sendBytes(response, error(refused));
  }

  public static byte[] error(ApiException refused) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeBooleanField("success", false);
      json.writeNumberField("statusCode", refused.code().status());
      json.writeStringField("error", refused.code().wireName());
      json.writeStringField("message", refused.getMessage());
      json.writeArrayFieldStart("details");
      for (Detail detail : refused.details()) {
        json.writeStartObject();
        json.writeNumberField("index", detail.index());
        json.writeStringField("error", detail.code().wireName());
        json.writeStringField("message", detail.message());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("an array of bytes can be written", e);
    }
    return bytes.toByteArray();
  }
}
