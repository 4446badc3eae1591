package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.worker.catalog.ManifestReader.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {
  private static final String HEAD = "apiVersion: flowcore.io/v1alpha1\nkind: ";

  @TempDir private Path directory;

  private Manifests read(String text) throws IOException {
    return ManifestReader.read(Files.writeString(directory.resolve("m.yaml"), text));
  }

  private <T> T readOne(String text, Class<T> type) throws IOException {
    Manifests manifests = read(text);
    assertThat(manifests.problems()).isEmpty();
    assertThat(manifests.resources()).hasSize(1);
    return type.cast(manifests.resources().getFirst());
  }

  @Test
  void anAliasIsReadAsTheValueOfItsAnchor() throws IOException {
    DataCore core =
        readOne(
            HEAD
                + """
                DataCore
                metadata: {name: &who shop}
                spec:
                  tenant: acme
                  name: *who
                  hotStore: &store {embedded: {storage: &size 1Gi}}
                  archive: {none: {}}
                  limits: {maxRequestSize: *size}
                """,
            DataCore.class);

    assertThat(core.getSpec().name()).isEqualTo("shop");
    assertThat(core.getSpec().limits().maxRequestSize()).isEqualTo("1Gi");
  }

  @Test
  void anAliasInAScopeOpensTheFlowTypeOfItsAnchor() throws IOException {
    WebhookKey key =
        readOne(
            HEAD
                + """
                WebhookKey
                metadata: {name: k, labels: {flow: &flow orders}}
                spec:
                  dataCoreRef: {name: shop}
                  permissions: [ingest]
                  allow: [&scope {flowType: *flow, eventTypes: &types [a, b]}, {flowType: other, eventTypes: *types}, *scope]
                """,
            WebhookKey.class);

    assertThat(key.getSpec().allow())
        .extracting(scope -> scope.flowType() + scope.eventTypes())
        .containsExactly("orders[a, b]", "other[a, b]", "orders[a, b]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<<: *a, maxEventSize: 3Ki|3Ki|true",
        "maxEventSize: 3Ki, <<: *a|1Ki|true",
        "<<: [*b, *a]|2Ki|true",
        "<<: {maxEventSize: 4Ki}|4Ki|"
      })
  void aMergeKeyAddsTheEntriesOfAMapping(String entries, String size, Boolean archive)
      throws IOException {
    EventType type =
        readOne(
            """
            apiVersion: v1
            kind: List
            x: [&a {maxEventSize: 1Ki, archive: true}, &b {maxEventSize: 2Ki}]
            items:
            - apiVersion: flowcore.io/v1alpha1
              kind: EventType
              metadata: {name: placed}
              spec: {flowTypeRef: {name: orders}, name: placed, %s}
            """
                .formatted(entries),
            EventType.class);

    assertThat(type.getSpec().maxEventSize()).isEqualTo(size);
    assertThat(type.getSpec().archive()).isEqualTo(archive);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: *b|the alias *b has no anchor &b before it",
        "a: &b [*b]|the alias *b has no anchor &b before it",
        "a: &b 1, c: &b [*b]|the alias *b has no anchor &b before it",
        "a: &b 1}\\n---\\n{a: *b|the alias *b has no anchor &b before it",
        "<<: 5|merge key (<<) must be a mapping"
      })
  void anInvalidAliasIsReported(String entries, String problem) throws IOException {
    Manifests manifests = read("{" + entries.replace("\\n", "\n") + "}");

    assertThat(manifests.damaged()).isTrue();
    assertThat(manifests.problems().getFirst().text())
        .contains("m.yaml is not valid YAML", problem);
  }

  @Test
  void nestedAliasesDoNotExpandWithoutLimit() throws IOException {
    StringBuilder bomb = new StringBuilder("a0: &a0 lol\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(9)));
    }

    Manifests manifests = read(bomb.toString());

    assertThat(manifests.damaged()).isTrue();
    assertThat(manifests.problems().getFirst().text())
        .contains("the aliases expand to more than 4,194,304 characters", "line");
  }
}
