package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Catalog;
import io.flowcore.worker.catalog.CatalogSource.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manifest whose identity is half-written must not delete the resource. */
class HalfWrittenManifestTest {
  private static final String CORE =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: DataCore
      metadata: {name: shop}
      spec: {tenant: acme, name: shop, hotStore: {embedded: {storage: 1Gi}}, archive: {none: {}}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: FlowType
      metadata: {name: orders}
      spec: {dataCoreRef: {name: shop}, name: orders}
      """;
  private static final String TYPE =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: aaa}
      spec: {flowTypeRef: {name: orders}, name: n}
      """;
  private static final String WEBHOOK_KEY =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: sender}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: keys}}
      """;
  private static final String SECRET =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: keys}
      stringData: {key: fc_one_0123456789abcdef}
      """;

  @TempDir private Path directory;
  private ManifestDirectory manifests;

  @BeforeEach
  void open() throws IOException {
    manifests = new ManifestDirectory(directory);
    write("core.yaml", CORE);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  @Test
  void aResourceStaysActiveAlthoughItsKindNameOrApiVersionIsHalfWritten() throws IOException {
    write("a.yaml", TYPE);
    Catalog before = manifests.load().catalog();
    for (String damaged :
        List.of(
            TYPE.replace("kind: EventType", "kind: EventTy"),
            TYPE.replace("kind: EventType", "kind:"),
            TYPE.replace("kind: EventType\n", ""),
            TYPE.replace("{name: aaa}", "{name: }"),
            TYPE.replace("{name: aaa}", "{}"),
            TYPE.replace("apiVersion: flowcore.io/v1alpha1", "apiVersion:"),
            TYPE.replace("apiVersion: flowcore.io/v1alpha1\n", ""),
            TYPE.replace("flowcore.io/v1alpha1", "flowcore.io/"))) {
      write("a.yaml", damaged);

      Loaded loaded = manifests.load();

      assertThat(loaded.catalog()).as(damaged).isEqualTo(before);
      assertThat(loaded.rejections()).as(damaged).isNotEmpty();
    }
    Files.delete(directory.resolve("a.yaml"));
    assertThat(manifests.load().catalog().eventTypeCount()).isZero();
  }

  @Test
  void aKeyStaysActiveAlthoughTheKindOrApiVersionOfItsSecretIsHalfWritten() throws IOException {
    write("key.yaml", WEBHOOK_KEY);
    write("secret.yaml", SECRET);
    Catalog before = manifests.load().catalog();
    for (String damaged :
        List.of(
            SECRET.replace("kind: Secret\n", ""),
            SECRET.replace("apiVersion: v1\n", ""),
            SECRET.replace("{name: keys}", "{name: }"))) {
      write("secret.yaml", damaged);

      assertThat(manifests.load().catalog()).as(damaged).isEqualTo(before);
    }
  }

  @Test
  void documentsThatAreNotForFlowcoreAreIgnored() throws IOException {
    write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aaa}\n");
    write("b.yaml", "apiVersion: eventing.knative.dev/v1\nkind: EventType\nmetadata: {name: b}\n");
    write("Chart.yaml", "apiVersion: v2\nname: chart\n");
    write("values.yaml", "replicas: 1\n");

    assertThat(manifests.load().rejections()).isEmpty();
  }

  @Test
  void otherResourcesOfTheFileCanStillBeDeleted() throws IOException {
    write("a.yaml", TYPE + "---\n" + TYPE.replace("aaa", "bbb").replace("name: n}", "name: m}"));
    assertThat(manifests.load().catalog().eventTypeCount()).isEqualTo(2);
    write("a.yaml", TYPE.replace("kind: EventType", "kind: EventTy"));

    assertThat(manifests.load().catalog().eventTypeCount()).isEqualTo(1);
  }
}
