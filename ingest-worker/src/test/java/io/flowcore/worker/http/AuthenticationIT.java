package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys: their forms, their permissions, and what a request without a valid key can learn. */
class AuthenticationIT {
  private static final String KEYS =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: read-only}
      spec: {dataCoreRef: {name: shop}, permissions: [fetch], existingSecretRef: {name: keys, key: readonly}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: scoped}
      spec:
        dataCoreRef: {name: shop}
        permissions: [ingest, fetch]
        allow: [{flowType: orders, eventTypes: [order.shipped]}]
        existingSecretRef: {name: keys, key: scoped}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: expired}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], expiresAt: "2020-01-01T00:00:00Z", existingSecretRef: {name: keys, key: expired}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: suspended}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], suspended: true, existingSecretRef: {name: keys, key: suspended}}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: keys}
      stringData:
        readonly: fc_readonly_0123456789abcdef
        scoped: fc_scoped_0123456789abcdef
        expired: fc_expired_0123456789abcdef
        suspended: fc_suspended_0123456789abcdef
      """;

  /** Stores nothing in any test, so that its store stays empty. */
  @RegisterExtension
  private static final TestWorkerExtension worker = new TestWorkerExtension(KEYS);

  /** For the tests that store events, which do not count them. */
  @RegisterExtension
  private static final TestWorkerExtension accepting = new TestWorkerExtension(KEYS);

  @ParameterizedTest
  @ValueSource(
      strings = {
        KEY,
        "Bearer " + KEY,
        "bearer " + KEY,
        "ApiKey quickstart:" + KEY,
        " ApiKey any:" + KEY
      })
  void theAuthorizationHeaderAcceptsEveryFormOfTheKey(String header) {
    var request =
        accepting
            .bare("/event" + PLACED)
            .header("Authorization", header)
            .POST(BodyPublishers.ofString("{}"));

    assertThat(accepting.send(request.build()).status()).isEqualTo(200);
  }

  @Test
  void theKeyCanBeInTheUrl() {
    var request =
        accepting.bare("/event" + PLACED + "?key=" + KEY).POST(BodyPublishers.ofString("{}"));

    assertThat(accepting.send(request.build()).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic abc", "Bearer eyJhbGciOiJub25lIn0.e30.", ""})
  void aGoodKeyInTheUrlIsNotUsedBesideAnotherHeaderAndTheErrorSaysSo(String header) {
    var request =
        worker
            .bare("/event" + PLACED + "?key=" + KEY)
            .header("Authorization", header)
            .POST(BodyPublishers.ofString("{}"));

    Answer answer = worker.send(request.build());

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.message())
        .contains("both the parameter key and a header Authorization", "remove it")
        .doesNotContain(KEY);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void anInvalidKeyInTheHeaderIsNotReplacedByTheKeyInTheUrl() {
    var request =
        worker
            .bare("/event" + PLACED + "?key=" + KEY)
            .header("Authorization", "fc_quickstart_wrong-secret-0000")
            .POST(BodyPublishers.ofString("{}"));

    Answer answer = worker.send(request.build());

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.message()).contains("the key in the header Authorization is not valid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Basic abc",
        "fc_quickstart_wrong-secret-0000",
        "fc_unknown_0123456789abcdef",
        "Bearer fc_quickstart_",
        "ApiKey x"
      })
  void withoutAValidKeyEveryUrlReturnsTheSameError(String header) {
    for (String path :
        new String[] {"/event" + PLACED, "/event/no/such/place/here", "/events" + PLACED}) {
      var request = worker.bare(path).POST(BodyPublishers.ofString("{"));
      if (!header.isEmpty()) {
        request.header("Authorization", header);
      }
      Answer answer = worker.send(request.build());
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.error()).isEqualTo("unauthenticated");
      assertThat(answer.response().headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "fc_readonly_0123456789abcdef,permission 'ingest'",
    "fc_scoped_0123456789abcdef,outside the key's scope",
    "fc_expired_0123456789abcdef,expired",
    "fc_suspended_0123456789abcdef,suspended"
  })
  void aKeyWithoutAccessIsForbidden(String key, String why) {
    Answer answer = worker.post("/event" + PLACED, "{}", "Authorization", key);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.error()).isEqualTo("forbidden");
    assertThat(answer.message()).contains(why);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void anotherDataCoreIsForbiddenWhetherItExistsOrNot() {
    assertThat(worker.post("/event/acme/other/orders/order.placed", "{}").error())
        .isEqualTo("forbidden");
    assertThat(worker.post("/event/other/shop/orders/order.placed", "{}").error())
        .isEqualTo("forbidden");
  }

  @Test
  void keysDoNotAppearInMetricsOrInTheCatalog() {
    accepting.post("/event" + PLACED, "{}");
    accepting.post("/event" + PLACED, "{");
    accepting.post("/event/acme/shop/orders/nope?key=" + KEY, "{}");

    assertThat(accepting.management("/observe/metrics").body()).doesNotContain("for-trying-only");
    assertThat(accepting.management("/observe/catalog").body()).doesNotContain("for-trying-only");
  }
}
