package io.flowcore.worker.fuzz;

import static io.flowcore.worker.fuzz.Fuzzing.lines;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.TestWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** HTTP requests that are valid or almost valid: framing, chunks, multipart forms, encodings. */
final class FuzzedRequests {
  private static final String TARGET = TestWorker.PLACED;
  private static final String HEAD =
      " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TestWorker.KEY + "\r\n";

  private static final String[] TOKENS = {
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    ":",
    " ",
    "\t",
    "%00",
    "%2F",
    "/",
    "?",
    "&",
    "key=",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: +7\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding : identity\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: deflate, gzip\r\n",
    "Content-Type: multipart/form-data; boundary=b\r\n",
    "Content-Type: text/plain\r\n",
    "Idempotency-Key: k\r\n",
    "x-flowcore-event-time: 2026-01-01T00:00:00Z\r\n",
    "x-flowcore-metadata-json: {\"a\":\"b\"}\r\n",
    "chunked",
    "7fffffff\r\n",
    "ffffffffffffffff\r\n",
    "-1\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "1;a=\"b\"\r\n",
    "--b\r\n",
    "--b--\r\n",
    "Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%e6\r\n",
    "{",
    "}",
    "[",
    "\"",
    "\u0000",
    "\u007f",
    "\u00ff",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "Upgrade: h2c\r\n",
    "GET ",
    "POST ",
    "HEAD ",
    "OPTIONS ",
    "CONNECT "
  };

  private static final String FORM =
      lines(
          "--b",
          "Content-Disposition: form-data; name=\"type\"",
          "",
          "t",
          "--b",
          "Content-Disposition: form-data; name=\"file\"; filename=\"a\"",
          "Content-Type: text/plain",
          "",
          "abc",
          "--b",
          "Content-Disposition: form-data; name=\"additionalProperties\"",
          "",
          "{\"n\":1}",
          "--b--",
          "");

  private final Random random;
  private final List<byte[]> valid = validRequests();
  private final Mutator mutator;

  FuzzedRequests(Random random) {
    this.random = random;
    mutator = new Mutator(random, valid, TOKENS);
  }

  /**
   * Returns the next request. Half of them are valid, so that most requests that follow others on a
   * connection are read.
   */
  byte[] next() {
    return random.nextBoolean() ? valid.get(random.nextInt(valid.size())) : mutator.next();
  }

  private static List<byte[]> validRequests() {
    List<byte[]> requests = new ArrayList<>();
    requests.add(withBody("POST /event" + TARGET + HEAD, "", utf8("{\"a\":1}")));
    requests.add(withBody("POST /events" + TARGET + HEAD, "", utf8("[{\"a\":1},{}]")));
    requests.add(
        withBody(
            "POST /event" + TARGET + HEAD,
            "Content-Encoding: gzip\r\n",
            compressed("{\"a\":1}", true)));
    requests.add(
        withBody(
            "POST /events" + TARGET + HEAD,
            "Content-Encoding: deflate\r\nx-flowcore-event-time: 2026-01-01T00:00:00Z\r\n",
            compressed("[{\"a\":1}]", false)));
    requests.add(
        withBody(
            "POST /event" + TARGET + HEAD,
            "Expect: 100-continue\r\nIdempotency-Key: k\r\n",
            utf8("{\"b\":[1,2]}")));
    requests.add(
        withBody(
            "POST /file" + TARGET + HEAD,
            "Content-Type: multipart/form-data; boundary=b\r\n",
            utf8(FORM)));
    addChunked(requests);
    addWithoutKey(requests);
    addQueries(requests);
    return requests;
  }

  private static void addChunked(List<byte[]> requests) {
    String chunked = HEAD + "Transfer-Encoding: chunked\r\n";
    requests.add(utf8("POST /event" + TARGET + chunked + "\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n"));
    requests.add(
        utf8(
            "POST /event"
                + TARGET
                + chunked
                + "\r\n4;x=y\r\n{\"a\"\r\n3;z=\"1;2\"\r\n:1}\r\n000\r\nT: v\r\n\r\n"));
    requests.add(
        utf8(
            "POST /file"
                + TARGET
                + chunked
                + "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
                + Integer.toHexString(FORM.length())
                + "\r\n"
                + FORM
                + "\r\n0\r\n\r\n"));
  }

  private static void addWithoutKey(List<byte[]> requests) {
    String bare = " HTTP/1.1\r\nHost: x\r\n";
    requests.add(withBody("POST /event" + TARGET + bare, "", utf8("{\"a\":1}")));
    requests.add(
        withBody("POST /event" + TARGET + "?key=" + TestWorker.KEY + bare, "", utf8("{}")));
    requests.add(utf8("GET /openapi.yaml" + bare + "\r\n"));
    requests.add(utf8("GET http://x/observe/health/ready" + bare + "\r\n"));
    requests.add(
        utf8("POST /nothing" + bare + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
  }

  private static void addQueries(List<byte[]> requests) {
    String type = "eventTypeId=" + TestWorker.typeId("order.placed");
    requests.add(
        utf8("GET /api/v1/time-buckets?" + type + "&pageSize=2&order=desc" + HEAD + "\r\n"));
    requests.add(
        utf8(
            "GET /api/v1/events?"
                + type
                + "&timeBucket=20260101000000&pageSize=2&order=desc"
                + HEAD
                + "\r\n"));
    requests.add(
        withBody(
            "POST /api/v1/events" + HEAD,
            "",
            utf8(
                "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],"
                    + "\"timeBucket\":\"20260101000000\",\"pageSize\":3}")));
    requests.add(utf8("GET /api/v1/data-cores?tenant=acme" + HEAD + "\r\n"));
  }

  private static byte[] withBody(String head, String headers, byte[] body) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(utf8(head + headers + "Content-Length: " + body.length + "\r\n\r\n"));
    request.writeBytes(body);
    return request.toByteArray();
  }

  private static byte[] compressed(String text, boolean gzip) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = gzip ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      out.write(utf8(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
