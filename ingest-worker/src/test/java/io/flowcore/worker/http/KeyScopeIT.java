package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.typeId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.nio.file.Files;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a key with a limited scope can read. */
class KeyScopeIT {
  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  @Test
  void aKeyReadsOnlyItsScopeAndOnlyWithThePermissionFetch() throws Exception {
    Files.writeString(
        worker.resources().resolve("scoped.yaml"),
        """
        apiVersion: flowcore.io/v1alpha1
        kind: WebhookKey
        metadata: {name: scoped}
        spec:
          dataCoreRef: {name: shop}
          permissions: [fetch]
          allow: [{flowType: orders, eventTypes: [order.shipped]}]
          existingSecretRef: {name: more, key: scoped}
        ---
        apiVersion: flowcore.io/v1alpha1
        kind: WebhookKey
        metadata: {name: sender}
        spec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: more, key: sender}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: more}
        stringData: {scoped: fc_scoped_0123456789abcdef, sender: fc_sender_0123456789abcdef}
        """);
    String flow = Ids.flowType(Ids.dataCore("acme", "shop"), "orders").toString();
    await().until(() -> get("fc_scoped_0123456789abcdef", "/api/v1/data-cores").status() == 200);

    assertThat(get("fc_sender_0123456789abcdef", "/api/v1/data-cores").error())
        .isEqualTo("forbidden");
    Function<String, Answer> scoped = path -> get("fc_scoped_0123456789abcdef", path);
    assertThat(scoped.apply("/api/v1/event-types?flowTypeId=" + flow).json())
        .extracting(type -> type.get("name").asText())
        .containsExactly("order.shipped");
    assertThat(scoped.apply("/api/v1/event-types/" + typeId("order.placed")).status())
        .isEqualTo(404);
    String query = "/api/v1/events?timeBucket=20260101100000&eventTypeId=";
    assertThat(scoped.apply(query + typeId("order.placed")).body())
        .as("an event type outside the scope gets the same error as one that does not exist")
        .isEqualTo(scoped.apply(query + typeId("nope")).body())
        .contains("forbidden");
  }

  private Answer get(String key, String path) {
    return worker.send(worker.bare(path).header("Authorization", key).build());
  }
}
