package io.flowcore.catalog;

import static io.flowcore.catalog.ResourceFixtures.dataCore;
import static io.flowcore.catalog.ResourceFixtures.eventType;
import static io.flowcore.catalog.ResourceFixtures.flowType;
import static io.flowcore.catalog.ResourceFixtures.secret;
import static io.flowcore.catalog.ResourceFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldValidationTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{requestsPerSecond: 0}|spec.rateLimit.requestsPerSecond is 0; it must be from 1 to 1000000",
        "{burst: 5}|spec.rateLimit.requestsPerSecond is required",
        "{requestsPerSecond: 5, burst: 0}|spec.rateLimit.burst is 0; it must be from 1"
      })
  void anInvalidRateLimitIsRejected(String rate, String text) {
    var limited =
        ResourceFixtures.read(
            "{kind: WebhookKey, metadata: {name: k}, spec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: s}, rateLimit: %s}}"
                .formatted(rate),
            io.flowcore.api.v1alpha1.WebhookKey.class);
    Compilation compiled =
        CatalogCompiler.compile(
            set(dataCore("shop"), limited, secret("s", "fc_abc_0123456789abcdef")));

    assertThat(message(compiled, ResourceKind.WEBHOOK_KEY, "k")).contains(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hotStore: {}|spec.hotStore|exactly one",
        "hotStore: {embedded: {storage: 127Mi}}|spec.hotStore.embedded.storage is 127Mi|at least 128Mi",
        "hotStore: {embedded: {storage: 0.1Gi}}|spec.hotStore.embedded.storage|at least 128Mi",
        "hotStore: {embedded: {storage: 1000m}}|spec.hotStore.embedded.storage|at least 128Mi",
        "hotStore: {embedded: {storage: much}}|spec.hotStore.embedded.storage|not a quantity",
        "archive: {directory: {path: /data/../etc}}|spec.archive.directory.path|must not contain '..'",
        "archive: {directory: {path: data}}|spec.archive.directory.path|absolute",
        "archive: {none: {}, directory: {}}|spec.archive|exactly one",
        "limits: {maxEventSize: 2Mi}|spec.limits.maxEventSize|1048576",
        "limits: {maxBatchEvents: 0}|spec.limits.maxBatchEvents|from 1",
        "limits: {maxPastAge: 59s}|spec.limits.maxPastAge|from 1m",
        "limits: {maxPastAge: 36501d}|spec.limits.maxPastAge|36500d",
        "limits: {maxPastAge: a week}|spec.limits.maxPastAge|not a duration",
        "retention: {hot: 9d, maxTtl: 8d}|spec.retention.maxTtl|less than",
        "retention: {hot: 0s}|spec.retention.hot|from 1s"
      })
  void aMessageNamesTheInvalidFieldAndItsLimit(String yaml, String field, String text) {
    var core =
        ResourceFixtures.read(
            "{kind: DataCore, metadata: {name: c}, spec: {tenant: t, name: c, %s%s%s}}"
                .formatted(
                    yaml.startsWith("hotStore") ? "" : "hotStore: {embedded: {storage: 1Gi}}, ",
                    yaml.startsWith("archive") ? "" : "archive: {none: {}}, ",
                    yaml),
            io.flowcore.api.v1alpha1.DataCore.class);

    assertThat(message(CatalogCompiler.compile(set(core)), ResourceKind.DATA_CORE, "c"))
        .contains(field, text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retention: {maxTtl: 31d}|spec.retention.maxTtl is 31d, more than the spec.retention.maxTtl of its data core, which is 30d",
        "retention: {hot: 31d}|spec.retention.hot is 31d, more than the spec.retention.maxTtl of its data core, which is 30d",
        "maxEventSize: 11Ki|spec.maxEventSize is 11Ki (11264 bytes), more than the spec.limits.maxEventSize of its data core, which is 10240 bytes"
      })
  void anEventTypeCannotExceedTheLimitsOfItsDataCore(String yaml, String text) {
    var core =
        dataCore("shop", "acme", "shop", "retention: {maxTtl: 30d}\nlimits: {maxEventSize: 10Ki}");
    var flow = flowType("orders", "shop", "orders");
    Compilation compiled =
        CatalogCompiler.compile(set(core, flow, eventType("t", "orders", "t", ", " + yaml)));
    Compilation atTheLimit =
        CatalogCompiler.compile(
            set(
                core,
                flow,
                eventType(
                    "t",
                    "orders",
                    "t",
                    ", retention: {hot: 30d, maxTtl: 30d}, maxEventSize: 10Ki")));

    assertThat(message(compiled, ResourceKind.EVENT_TYPE, "t")).contains(text);
    assertThat(atTheLimit.catalog().eventTypeCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{$ref: 'https://example.com/s.json'}|only references inside",
        "{$schema: 'http://127.0.0.1:9/meta'}|uses the dialect",
        "{$schema: 'http://json-schema.org/draft-07/schema#'}|uses the dialect",
        "{type: nonsense}|not a JSON Schema",
        "{pattern: '(?=look)ahead'}|cannot be compiled",
        "{pattern: '('}|cannot be compiled"
      })
  void anUnusableSchemaIsRejected(String schema, String text) {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                flowType("orders", "shop", "orders"),
                eventType("a", "orders", "a", ", schema: " + schema)));

    assertThat(message(compiled, ResourceKind.EVENT_TYPE, "a")).contains("spec.schema", text);
  }

  private static String message(Compilation compiled, ResourceKind kind, String name) {
    List<ValidationFailure> failures =
        compiled.verdicts().get(new ResourceId(kind, "default", name));
    assertThat(failures).hasSize(1);
    return failures.getFirst().message();
  }
}
