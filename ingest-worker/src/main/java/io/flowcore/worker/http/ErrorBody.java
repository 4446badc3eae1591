package io.flowcore.worker.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ApiException.Detail;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Encodes errors in the JSON form of the HTTP contract. */
final class ErrorBody {
  private static final JsonFactory JSON = new JsonFactory();

  private ErrorBody() {}

  /** Returns the body of an error response, in UTF-8. */
  static byte[] encode(ApiException error) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeBooleanField("success", false);
      json.writeNumberField("statusCode", error.code().status());
      json.writeNumberField("status", error.code().status());
      json.writeStringField("code", error.code().name());
      json.writeStringField("error", error.code().wireName());
      json.writeStringField("message", error.getMessage());
      json.writeArrayFieldStart("details");
      for (Detail detail : error.details()) {
        json.writeStartObject();
        json.writeNumberField("index", detail.index());
        json.writeStringField("error", detail.code().wireName());
        json.writeStringField("message", detail.message());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to a byte array cannot fail", e);
    }
    return bytes.toByteArray();
  }
}
