package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.WorkerClient.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data core can limit how old event times may be. */
class MaxPastAgeIT {
  private static final String DATA_CORE =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: DataCore
      metadata: {name: vault}
      spec:
        tenant: acme
        name: vault
        hotStore: {embedded: {storage: 1Gi}}
        archive: {none: {}}
        limits: {maxPastAge: 7d}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: FlowType
      metadata: {name: papers}
      spec: {dataCoreRef: {name: vault}, name: papers}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: filed}
      spec: {flowTypeRef: {name: papers}, name: filed}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: vault}
      spec: {dataCoreRef: {name: vault}, permissions: [ingest, fetch], existingSecretRef: {name: vault}}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: vault}
      stringData: {key: fc_vault_0123456789abcdef}
      """;

  @Test
  void anOlderEventTimeIsRejectedWithTheNameAndValueOfTheLimit(@TempDir Path data)
      throws Exception {
    try (TestWorker worker = TestWorker.start(data, DATA_CORE)) {
      Instant now = Instant.now();

      assertThat(post(worker, now.minus(Duration.ofDays(6))).status()).isEqualTo(200);
      Answer old = post(worker, now.minus(Duration.ofDays(8)));
      assertThat(old.status()).isEqualTo(400);
      assertThat(old.error()).isEqualTo("invalid_event_time");
      assertThat(old.body()).contains("limits.maxPastAge", "604800 seconds");

      Answer batch =
          worker.post(
              "/events/acme/vault/papers/filed",
              "[{\"at\":\"%s\"},{\"at\":\"2001-01-01T00:00:00Z\"}]".formatted(now).getBytes(UTF_8),
              "Authorization",
              "fc_vault_0123456789abcdef",
              "x-flowcore-event-time-key",
              "at");
      assertThat(batch.status()).isEqualTo(400);
      assertThat(batch.body()).contains("\"index\":1", "limits.maxPastAge");
    }
  }

  private static Answer post(TestWorker worker, Instant time) {
    return worker.post(
        "/event/acme/vault/papers/filed",
        "{}".getBytes(UTF_8),
        "Authorization",
        "fc_vault_0123456789abcdef",
        "x-flowcore-event-time",
        time.toString());
  }
}
