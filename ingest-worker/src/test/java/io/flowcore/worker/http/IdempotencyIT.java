package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.TestWorker.SHIPPED;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A retry with the same Idempotency-Key gets the first response again and stores nothing. */
class IdempotencyIT {
  private static final String KEY = "idempotency-key";
  private static final String FORM =
      "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nt\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
          + "x".repeat(1_200_000)
          + "%s\r\n--b--\r\n";

  private static final String OTHER_KEY = "fc_other_0123456789abcdef";
  private static final String ROTATED_KEY = "fc_rotated_0123456789abcdef";
  private static final String OTHER =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: other}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: other-key}}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: other-key}
      stringData: {key: %s}
      """;

  @TempDir private Path directory;
  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  @Test
  void aRetryGetsTheFirstResponseEvenAfterARestart() throws Exception {
    Answer first = worker.post("/event" + PLACED, "{\"n\":1}", KEY, "order-1");
    worker.restart();
    Answer second = worker.post("/event" + PLACED, "{\"n\":1}", KEY, "order-1");

    assertThat(first.status()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(worker.stored()).isOne();
  }

  @Test
  void aRetriedBatchIsStoredOnce() {
    Answer first = worker.post("/events" + PLACED, "[{\"n\":1},{\"n\":2}]", KEY, "b");
    Answer second = worker.post("/events" + PLACED, "[{\"n\":1},{\"n\":2}]", KEY, "b");

    assertThat(second.body()).isEqualTo(first.body());
    assertThat(worker.stored()).isEqualTo(2);
  }

  @Test
  void aRetriedFileIsStoredOnceWithOneId() {
    String[] headers = {"Content-Type", "multipart/form-data; boundary=b", KEY, "f"};
    Answer first = worker.post("/file" + PLACED, FORM.formatted(""), headers);
    Answer second = worker.post("/file" + PLACED, FORM.formatted(""), headers);
    Answer other = worker.post("/file" + PLACED, FORM.formatted("!"), headers);

    assertThat(first.status()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(other.error()).isEqualTo("idempotency_conflict");
    assertThat(worker.stored()).isEqualTo(3);
  }

  @Test
  void anotherRequestWithTheSameKeyIsAConflict() {
    worker.post("/event" + PLACED, "{\"n\":1}", KEY, "k");
    Answer body = worker.post("/event" + PLACED, "{\"n\":2}", KEY, "k");
    Answer header =
        worker.post("/event" + PLACED, "{\"n\":1}", KEY, "k", "x-flowcore-metadata-json", "{}");

    for (Answer answer : List.of(body, header)) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.error()).isEqualTo("idempotency_conflict");
    }
    assertThat(worker.stored()).isOne();
  }

  @Test
  void aKeyAppliesToOneEventTypeOnly() {
    worker.post("/event" + PLACED, "{}", KEY, "k");

    assertThat(worker.post("/event" + SHIPPED, "{}", KEY, "k").status()).isEqualTo(200);
    assertThat(worker.stored()).isEqualTo(2);
  }

  @Test
  void aKeyAppliesToOneUrlOnly() {
    String[] form = {"Content-Type", "multipart/form-data; boundary=b", KEY, "k"};
    worker.post("/event" + PLACED, "{}", KEY, "k");

    assertThat(worker.post("/events" + PLACED, "[{}]", KEY, "k").status()).isEqualTo(200);
    Answer file = worker.post("/file" + PLACED, FORM.formatted(""), form);
    assertThat(file.status()).isEqualTo(200);
    // A file that is sent to the batch URL is the same request.
    assertThat(worker.post("/events" + PLACED, FORM.formatted(""), form).body())
        .isEqualTo(file.body());
    assertThat(worker.stored()).isEqualTo(5);
  }

  @Test
  void aKeyOfAnotherWebhookKeyIsAnotherKeyAlsoAfterRotation() throws Exception {
    try (TestWorker shared = TestWorker.start(directory, OTHER.formatted(OTHER_KEY))) {
      String[] other = {"Authorization", OTHER_KEY, KEY, "k"};
      String[] rotated = {"Authorization", ROTATED_KEY, KEY, "k"};
      Answer first = shared.post("/event" + PLACED, "{\"n\":1}", KEY, "k");
      Answer same = shared.post("/event" + PLACED, "{\"n\":1}", other);
      Answer conflict = shared.post("/event" + PLACED, "{\"n\":2}", other);

      assertThat(first.status()).isEqualTo(200);
      assertThat(same.status()).as(same.body()).isEqualTo(200);
      assertThat(same.body()).isNotEqualTo(first.body());
      assertThat(conflict.error()).isEqualTo("idempotency_conflict");

      Files.writeString(shared.resources().resolve("more-0.yaml"), OTHER.formatted(ROTATED_KEY));
      shared.restart();
      assertThat(shared.post("/event" + PLACED, "{\"n\":1}", rotated).body())
          .isEqualTo(same.body());
    }
  }

  @Test
  void aRejectedRequestDoesNotUseItsKey() {
    assertThat(worker.post("/event" + PLACED, "{", KEY, "k").status()).isEqualTo(400);
    assertThat(worker.post("/event" + PLACED, "{}", KEY, "k").status()).isEqualTo(200);
  }

  @Test
  void concurrentRetriesStoreOneEvent() throws Exception {
    Set<String> answers = new HashSet<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> attempts =
          Stream.generate(
                  () -> threads.submit(() -> worker.post("/event" + PLACED, "{}", KEY, "k")))
              .limit(50)
              .toList();
      for (Future<Answer> attempt : attempts) {
        answers.add(attempt.get().body());
      }
    }

    assertThat(answers).hasSize(1);
    assertThat(worker.stored()).isOne();
  }

  @Test
  void ofConcurrentRequestsWithOneKeyOneIsStoredAndTheOthersConflict() throws Exception {
    List<Answer> answers =
        concurrently(20, i -> worker.post("/event" + PLACED, "{\"n\":" + i + "}", KEY, "k"));

    assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 200)
        .hasSize(19)
        .allMatch(answer -> answer.status() == 422)
        .allMatch(answer -> answer.error().equals("idempotency_conflict"));
    assertThat(worker.stored()).isOne();
  }

  @Test
  void concurrentRetriesOfBatchesAndFilesAreStoredOnce() throws Exception {
    String[] form = {"Content-Type", "multipart/form-data; boundary=b", KEY, "k"};
    List<Answer> batches =
        concurrently(10, i -> worker.post("/events" + PLACED, "[{\"n\":1},{\"n\":2}]", KEY, "k"));
    List<Answer> files =
        concurrently(6, i -> worker.post("/file" + SHIPPED, FORM.formatted(""), form));

    for (List<Answer> answers : List.of(batches, files)) {
      assertThat(answers.getFirst().status()).isEqualTo(200);
      assertThat(answers).extracting(Answer::body).containsOnly(answers.getFirst().body());
    }
    assertThat(worker.events("order.placed")).hasSize(2);
    assertThat(worker.events("order.shipped")).hasSize(3);
  }

  private static List<Answer> concurrently(int count, IntFunction<Answer> request)
      throws Exception {
    List<Answer> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> attempts =
          IntStream.range(0, count).mapToObj(i -> threads.submit(() -> request.apply(i))).toList();
      for (Future<Answer> attempt : attempts) {
        answers.add(attempt.get());
      }
    }
    return answers;
  }

  @Test
  void everythingThatARequestSendsDecidesWhetherItIsARetry() {
    String url = "/events" + PLACED;
    String body = "[{\"at\":\"2026-01-01T00:00:00Z\"}]";
    assertThat(worker.post(url, body, KEY, "k").status()).isEqualTo(200);

    for (String[] more :
        new String[][] {
          {"x-flowcore-metadata-json", "{\"a\":\"b\"}"},
          {"x-flowcore-event-time", "2026-01-01T00:00:00Z"},
          {"x-flowcore-valid-time", "2026-01-01T00:00:00Z"},
          {"x-flowcore-event-time-key", "at"},
          {"x-flowcore-valid-time-key", "at"}
        }) {
      Answer other = worker.post(url, body, KEY, "k", more[0], more[1]);
      assertThat(other.error()).as(more[0]).isEqualTo("idempotency_conflict");
    }
    Answer samePath = worker.post("/api/v1" + url, body, KEY, "k", "Content-Type", "text/plain");
    assertThat(samePath.status()).isEqualTo(200);
    assertThat(worker.stored()).isOne();
  }

  @Test
  void anInvalidKeyIsRejected() {
    Answer answer = worker.post("/event" + PLACED, "{}", KEY, "x".repeat(256));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.message()).contains("1 to 255");
    for (String invalid : List.of("a b", "")) {
      assertThat(worker.post("/event" + PLACED, "{}", KEY, invalid).status()).isEqualTo(400);
    }
    assertThat(worker.post("/event" + PLACED, "{", KEY, "x".repeat(255)).error())
        .isEqualTo("invalid_json");
    assertThat(worker.stored()).isZero();
  }
}
