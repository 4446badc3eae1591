package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.http.Compression.deflate;
import static io.flowcore.worker.http.Compression.gzip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compressed request bodies. */
class ContentEncodingIT {
  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  @Test
  void compressedBodiesAreDecompressed() throws IOException {
    byte[] json = "{\"n\":1}".getBytes(UTF_8);
    assertThat(worker.post("/event" + PLACED, gzip(json), "Content-Encoding", "gzip").status())
        .isEqualTo(200);
    assertThat(
            worker
                .post("/event" + PLACED, deflate(json, false), "Content-Encoding", "deflate")
                .status())
        .isEqualTo(200);
    assertThat(
            worker
                .post("/event" + PLACED, deflate(json, true), "Content-Encoding", "Deflate")
                .status())
        .isEqualTo(200);
    assertThat(worker.post("/event" + PLACED, json, "Content-Encoding", "identity").status())
        .isEqualTo(200);
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.write(gzip("{\"n\":".getBytes(UTF_8)));
    members.write(gzip("1}".getBytes(UTF_8)));
    assertThat(
            worker
                .post("/event" + PLACED, members.toByteArray(), "Content-Encoding", "gzip")
                .status())
        .isEqualTo(200);
    assertThat(worker.events("order.placed"))
        .hasSize(5)
        .allMatch(event -> event.get("payload").toString().equals("{\"n\":1}"));
  }

  @Test
  void aBodyThatDoesNotMatchItsEncodingIsRejected() throws IOException {
    byte[] gzip = gzip("{\"n\":1}".getBytes(UTF_8));
    byte[] truncated = Arrays.copyOf(gzip, gzip.length - 9);
    byte[] damaged = gzip.clone();
    damaged[gzip.length - 6] ^= 1;
    for (byte[] body : new byte[][] {truncated, damaged, "{}".getBytes(UTF_8)}) {
      Answer answer = worker.post("/event" + PLACED, body, "Content-Encoding", "gzip");
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.error()).isEqualTo("invalid_encoding");
    }
    assertThat(worker.post("/event" + PLACED, gzip, "Content-Encoding", "br").error())
        .isEqualTo("unsupported_encoding");
    assertThat(worker.stored()).isZero();
  }
}
