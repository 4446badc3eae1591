package io.flowcore.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The CEL rules of the committed CRDs. Each rule has a spec that violates it. Rules are evaluated
 * as an API server does: a create has no old object, an update has one. Unlike an API server, this
 * test does not check types or estimate costs.
 */
class CelRulesTest {
  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.USE_LONG_FOR_INTS);
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .addVar("self", SimpleType.DYN)
          .addVar("oldSelf", SimpleType.DYN)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.legacyCelRuntimeBuilder().build();

  private static final String CORE = "tenant: acme, name: shop, ";
  private static final String EMBEDDED = "hotStore: {embedded: {storage: 1Gi}}, ";
  private static final String CASSANDRA =
      "hotStore: {cassandra: {contactPoints: [c], localDatacenter: d, keyspace: k}}, ";
  private static final String DIRECTORY = "archive: {directory: {}}";
  private static final String S3 = "archive: {s3: {bucket: abc}}";
  private static final String SHOP = CORE + EMBEDDED + DIRECTORY;
  private static final String FLOW = "dataCoreRef: {name: shop}, name: orders";
  private static final String TYPE = "flowTypeRef: {name: orders}, name: placed";
  private static final String KEY = "dataCoreRef: {name: shop}, permissions: [ingest]";

  private static Arguments row(String plural, String old, String changed, String message) {
    return Arguments.of(plural, old, changed, message);
  }

  /** Rows of: plural, old spec (empty for a create), new spec, beginning of the only message. */
  static List<Arguments> violations() {
    return List.of(
        row("datacores", "", CORE + "hotStore: {}, " + DIRECTORY, "hotStore needs exactly one"),
        row(
            "datacores",
            "",
            CORE
                + "hotStore: {embedded: {storage: 1Gi}, cassandra: {contactPoints: [c], localDatacenter: d, keyspace: k}}, "
                + S3,
            "hotStore needs exactly one"),
        row("datacores", "", CORE + EMBEDDED + "archive: {}", "archive needs exactly one"),
        row(
            "datacores",
            "",
            CORE + EMBEDDED + "archive: {none: {}, directory: {}}",
            "archive needs exactly one"),
        row(
            "datacores",
            "",
            CORE + EMBEDDED + "archive: {directory: {path: /data/../etc}}",
            "archive.directory.path must not contain '..'"),
        row(
            "datacores",
            "",
            CORE + CASSANDRA + DIRECTORY,
            "workers on hotStore.cassandra have no volume"),
        row(
            "datacores",
            "",
            SHOP + ", worker: {replicas: 2}",
            "an embedded hotStore allows one worker; set"),
        row(
            "datacores",
            "",
            SHOP + ", worker: {autoscaling: {minReplicas: 1, maxReplicas: 2}}",
            "an embedded hotStore allows one worker; remove"),
        row(
            "datacores",
            "",
            CORE
                + CASSANDRA
                + S3
                + ", worker: {replicas: 1, autoscaling: {minReplicas: 1, maxReplicas: 2}}",
            "worker accepts replicas or autoscaling"),
        row(
            "datacores",
            "",
            CORE + CASSANDRA + S3 + ", worker: {autoscaling: {minReplicas: 3, maxReplicas: 2}}",
            "autoscaling.minReplicas must not"),
        row(
            "datacores",
            "",
            SHOP + ", routing: {host: h, ingress: {}, gateway: {name: g}}",
            "routing accepts ingress or gateway"),
        row("datacores", SHOP, SHOP.replace("acme", "other"), "tenant is immutable"),
        row("datacores", SHOP, SHOP.replace("shop", "other"), "name is immutable"),
        row(
            "datacores",
            CORE + EMBEDDED + S3,
            CORE + CASSANDRA + S3,
            "the kind of hotStore is immutable"),
        row(
            "datacores",
            CORE + CASSANDRA + S3,
            CORE + CASSANDRA.replace("keyspace: k", "keyspace: other") + S3,
            "keyspace is immutable"),
        row(
            "datacores",
            SHOP,
            SHOP.replace("1Gi", "1Gi, storageClassName: fast"),
            "storageClassName is immutable"),
        row(
            "flowtypes",
            FLOW,
            FLOW.replace("shop", "other"),
            "dataCoreRef is immutable because the ids"),
        row("flowtypes", FLOW, FLOW.replace("name: orders", "name: other"), "name is immutable"),
        row("eventtypes", TYPE, TYPE.replace("orders", "other"), "flowTypeRef is immutable"),
        row("eventtypes", TYPE, TYPE.replace("placed", "other"), "name is immutable"),
        row("webhookkeys", "", KEY, "a WebhookKey needs exactly one"),
        row(
            "webhookkeys",
            "",
            KEY + ", secretName: s, existingSecretRef: {name: s}",
            "a WebhookKey needs exactly one"),
        row(
            "webhookkeys",
            "",
            KEY + ", existingSecretRef: {name: s}, rotation: {every: 90d, overlap: 1d}",
            "rotation works only"),
        row(
            "webhookkeys",
            KEY + ", secretName: s",
            KEY.replace("shop", "other") + ", secretName: s",
            "dataCoreRef is immutable; create"));
  }

  @ParameterizedTest
  @MethodSource("violations")
  void invalidSpecIsRejectedWithExactlyOneMessage(
      String plural, String old, String changed, String message) throws Exception {
    assertThat(violated(plural, old, changed)).hasSize(1).first().asString().startsWith(message);
  }

  @Test
  void everyRuleHasASpecThatViolatesIt() throws Exception {
    TreeSet<String> rules = new TreeSet<>();
    for (String plural : List.of("datacores", "flowtypes", "eventtypes", "webhookkeys")) {
      spec(plural)
          .findValues("x-kubernetes-validations")
          .forEach(list ->
              list.forEach(rule -> rules.add(plural + ": " + rule.get("message").asText())));
    }
    TreeSet<String> broken = new TreeSet<>();
    for (Arguments row : violations()) {
      Object[] values = row.get();
      violated((String) values[0], (String) values[1], (String) values[2])
          .forEach(message -> broken.add(values[0] + ": " + message));
    }

    assertThat(broken).isEqualTo(rules);
  }

  static List<Arguments> valid() {
    return List.of(
        Arguments.of(
            "datacores", SHOP, SHOP + ", worker: {replicas: 1}, routing: {host: h, ingress: {}}"),
        Arguments.of(
            "datacores",
            CORE + CASSANDRA + S3,
            CORE + CASSANDRA + S3 + ", worker: {autoscaling: {minReplicas: 2, maxReplicas: 2}}"),
        Arguments.of("datacores", "", CORE + EMBEDDED + "archive: {none: {}}"),
        Arguments.of("datacores", SHOP, SHOP.replace("1Gi", "2Gi")),
        Arguments.of("flowtypes", FLOW, FLOW + ", description: d"),
        Arguments.of("eventtypes", TYPE, TYPE + ", archive: false"),
        Arguments.of(
            "webhookkeys",
            KEY + ", secretName: s",
            KEY + ", secretName: t, rotation: {every: 90d, overlap: 1d}"));
  }

  @ParameterizedTest
  @MethodSource("valid")
  void validSpecPassesAllRules(String plural, String old, String changed) throws Exception {
    assertThat(violated(plural, old, changed)).isEmpty();
  }

  private static JsonNode spec(String plural) throws IOException {
    return YAML.readTree(Path.of("manifests", plural + ".flowcore.io.yaml").toFile())
        .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
  }

  private static List<String> violated(String plural, String old, String changed) throws Exception {
    List<String> messages = new ArrayList<>();
    Object before = old.isEmpty() ? null : YAML.readValue("{" + old + "}", Object.class);
    walk(spec(plural), YAML.readValue("{" + changed + "}", Object.class), before, messages);
    return messages;
  }

  private static void walk(JsonNode schema, Object self, Object oldSelf, List<String> messages)
      throws Exception {
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      String expression = rule.get("rule").asText();
      boolean transition = expression.contains("oldSelf");
      if (!transition || oldSelf != null) {
        Map<String, Object> variables =
            transition ? Map.of("self", self, "oldSelf", oldSelf) : Map.of("self", self);
        Object holds = RUNTIME.createProgram(COMPILER.compile(expression).getAst()).eval(variables);
        if (!Boolean.TRUE.equals(holds)) {
          messages.add(rule.get("message").asText());
        }
      }
    }
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      Object child = self instanceof Map<?, ?> map ? map.get(property.getKey()) : null;
      if (child != null) {
        walk(
            property.getValue(),
            child,
            oldSelf instanceof Map<?, ?> map ? map.get(property.getKey()) : null,
            messages);
      }
    }
  }
}
