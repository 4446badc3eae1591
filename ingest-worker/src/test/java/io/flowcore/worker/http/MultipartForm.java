package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** Builds a form with fields and files. */
final class MultipartForm {
  private static final String BOUNDARY = "----boundary";

  /** The Content-Type of the form. */
  static final String CONTENT_TYPE = "multipart/form-data; boundary=" + BOUNDARY;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  MultipartForm field(String name, String value) {
    return part("form-data; name=\"" + name + "\"", value.getBytes(UTF_8));
  }

  MultipartForm file(String fileName, byte[] content) {
    return part("form-data; name=\"file\"; filename=\"" + fileName + "\"", content);
  }

  private MultipartForm part(String disposition, byte[] content) {
    bytes.writeBytes(
        ("--" + BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n\r\n").getBytes(UTF_8));
    bytes.writeBytes(content);
    bytes.writeBytes("\r\n".getBytes(UTF_8));
    return this;
  }

  /** Ends the form and returns its bytes. */
  byte[] end() {
    bytes.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
    return bytes.toByteArray();
  }
}
