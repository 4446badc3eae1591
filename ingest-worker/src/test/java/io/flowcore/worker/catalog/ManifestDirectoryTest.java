package io.flowcore.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.KeyText;
import io.flowcore.worker.catalog.CatalogSource.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestDirectoryTest {
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
      metadata: {name: %s%s}
      spec: {flowTypeRef: {name: orders}, name: %s, maxEventSize: %s}
      """;
  private static final String WEBHOOK_KEY =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: %s}
      spec: {dataCoreRef: {name: shop}, permissions: [%s], existingSecretRef: {name: keys, key: %s}%s}
      """;
  private static final String SECRET =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {%s}\n";
  private static final String ONE = "fc_one_0123456789abcdef";
  private static final String ONE_NEXT = "fc_one_fedcba9876543210";
  private static final String TWO = "fc_two_0123456789abcdef";

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

  private static String key(String name, String more) {
    return WEBHOOK_KEY.formatted(name, "ingest", name, more);
  }

  private void twoKeys(String secret) throws IOException {
    write("keys.yaml", key("one", "") + "---\n" + key("two", ""));
    write("secret.yaml", SECRET.formatted(secret));
  }

  private static Optional<KeyEntry> entry(Loaded loaded, String id) {
    return loaded.catalog().keys().stream().filter(key -> key.keyId().equals(id)).findFirst();
  }

  private static void assertOpens(Loaded loaded, String id, String text) {
    assertThat(entry(loaded, id).orElseThrow().digests().getFirst().sha256())
        .isEqualTo(KeyText.digest(text));
  }

  private static List<Integer> limits(Catalog catalog, String name) {
    return catalog.dataCores().getFirst().flowTypes().getFirst().eventTypes().stream()
        .filter(type -> type.name().equals(name))
        .map(type -> type.maxEventBytes())
        .toList();
  }

  @Test
  void aKeyIsSuspendedAlthoughItsSecretBecomesInvalidToo() throws IOException {
    twoKeys("one: " + ONE);
    manifests.load();
    write("keys.yaml", key("one", ", suspended: true"));
    write("secret.yaml", SECRET.formatted("one: oops"));

    Loaded loaded = manifests.load();

    assertThat(entry(loaded, "one").orElseThrow().suspended()).isTrue();
    assertOpens(loaded, "one", ONE);
  }

  @Test
  void aRejectedKeyIsSuspendedAndExpiresEarlier() throws IOException {
    twoKeys("one: " + ONE);
    manifests.load();
    write(
        "keys.yaml",
        WEBHOOK_KEY.formatted(
            "one",
            "",
            "one",
            ", suspended: true, expiresAt: '2030-01-01T00:00:00Z', rateLimit: {requestsPerSecond: 0}"));

    KeyEntry key = entry(manifests.load(), "one").orElseThrow();

    assertThat(key.suspended()).isTrue();
    assertThat(key.expiresAt().orElseThrow()).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(key.rateLimit()).isEmpty();
  }

  @Test
  void onlyTheInvalidEntryOfASecretIsRestored() throws IOException {
    twoKeys("one: %s, two: %s".formatted(ONE, TWO));
    manifests.load();
    write("secret.yaml", SECRET.formatted("one: %s, two: oops".formatted(ONE_NEXT)));

    Loaded rotated = manifests.load();

    assertOpens(rotated, "one", ONE_NEXT);
    assertOpens(rotated, "two", TWO);
    assertThat(rotated.rejections().toString())
        .contains("InvalidKey", "'two'", "last known good version stays active")
        .doesNotContain("oops");

    write("secret.yaml", SECRET.formatted("two: oops"));
    Loaded removed = manifests.load();
    assertThat(entry(removed, "one")).isEmpty();
    assertOpens(removed, "two", TWO);
  }

  @Test
  void aRemovedOrEmptyEntryRevokesItsKeyPermanently() throws IOException {
    for (String nothing : List.of("other: x", "one: ''", "one: ")) {
      twoKeys("one: " + ONE);
      assertThat(entry(manifests.load(), "one")).isPresent();
      write("secret.yaml", SECRET.formatted(nothing));
      assertThat(entry(manifests.load(), "one")).as(nothing).isEmpty();
      write("secret.yaml", SECRET.formatted("one: oops"));
      assertThat(entry(manifests.load(), "one")).as(nothing).isEmpty();
    }
  }

  @Test
  void aKeyKeepsItsLastKnownGoodVersionIfItsEntryIsNotBase64() throws IOException {
    twoKeys("one: " + ONE);
    manifests.load();
    write("secret.yaml", SECRET.formatted("one: " + ONE_NEXT).replace("stringData", "data"));
    assertOpens(manifests.load(), "one", ONE);
  }

  @Test
  void anInvalidPreviousKeyDoesNotAffectTheCurrentKey() throws IOException {
    twoKeys("one: " + ONE);
    manifests.load();
    write("secret.yaml", SECRET.formatted("one: %s, previousKey: oops".formatted(ONE_NEXT)));

    Loaded loaded = manifests.load();

    assertOpens(loaded, "one", ONE_NEXT);
    assertThat(entry(loaded, "one").orElseThrow().digests()).hasSize(1);
    assertThat(loaded.rejections().toString()).contains("previousKey", "InvalidKey");
  }

  @Test
  void aSecretEntryWithoutAValueChangesNothing() throws IOException {
    write("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {key: }\n");
    Loaded loaded = manifests.load();
    assertThat(loaded.catalog().dataCores()).hasSize(1);
  }

  private static String type(String resource, String name, int maxEventSize) {
    return TYPE.formatted(resource, "", name, maxEventSize);
  }

  @Test
  void anEditedResourceDoesNotGetTheNameOfAnother() throws IOException {
    write("a.yaml", type("aaa", "first", 1_000));
    write("b.yaml", type("bbb", "second", 2_000));
    manifests.load();
    write("a.yaml", type("aaa", "second", 1_000));

    Loaded loaded = manifests.load();

    assertThat(limits(loaded.catalog(), "second")).containsExactly(2_000);
    assertThat(limits(loaded.catalog(), "first")).containsExactly(1_000);
    assertThat(loaded.rejections().toString()).contains("NameConflict", "aaa");
  }

  @Test
  void aNewResourceDoesNotGetANameInUseAlthoughItLooksOlder() throws IOException {
    write("z.yaml", TYPE.formatted("zzz", ", creationTimestamp: '2026-01-01T00:00:00Z'", "n", 1));
    manifests.load();
    write("a.yaml", type("aaa", "n", 2));
    assertThat(limits(manifests.load().catalog(), "n")).containsExactly(1);
    Files.delete(directory.resolve("z.yaml"));
    assertThat(limits(manifests.load().catalog(), "n")).containsExactly(2);
  }

  @Test
  void twoResourcesCanSwapTheirNames() throws IOException {
    write("a.yaml", type("aaa", "first", 1));
    write("b.yaml", type("bbb", "second", 2));
    manifests.load();
    write("a.yaml", type("aaa", "second", 1));
    write("b.yaml", type("bbb", "first", 2));

    Loaded loaded = manifests.load();

    assertThat(limits(loaded.catalog(), "second")).containsExactly(1);
    assertThat(limits(loaded.catalog(), "first")).containsExactly(2);
    assertThat(loaded.rejections()).isEmpty();
  }

  @Test
  void aStaleCopyDoesNotReplaceTheResourceOfADamagedFile() throws IOException {
    write("b.yaml", type("aaa", "n", 1));
    manifests.load();
    write("a.yaml", type("aaa", "n", 2));
    manifests.load();
    for (String damage :
        List.of("{{{", "", type("aaa", "n", 1) + "  nonsense: true\n", "kind: [half")) {
      write("b.yaml", damage);
      assertThat(limits(manifests.load().catalog(), "n")).as(damage).containsExactly(1);
    }
    write("b.yaml", type("aaa", "n", 3));
    assertThat(limits(manifests.load().catalog(), "n")).containsExactly(3);
  }

  @Test
  void anEventTypeStaysActiveAlthoughTheNewDefaultsOfItsDataCoreContradictIt() throws IOException {
    String limited =
        "---\n"
            + TYPE.formatted("a", "", "n", 1).replace("maxEventSize: 1", "retention: {maxTtl: 6d}");
    write("core.yaml", CORE + limited);
    Catalog before = manifests.load().catalog();
    assertThat(before.eventTypeCount()).isEqualTo(1);
    String longer =
        CORE.replace("archive: {none: {}}", "archive: {none: {}}, retention: {hot: 9d}");
    write("core.yaml", longer + limited);

    for (int load = 0; load < 2; load++) {
      Loaded loaded = manifests.load();

      assertThat(loaded.catalog()).isEqualTo(before);
      assertThat(loaded.rejections().toString())
          .contains("spec.retention.maxTtl", "last known good version stays active");
    }
    write("core.yaml", longer + limited.replace("6d", "9d"));
    assertThat(manifests.load().rejections()).isEmpty();
  }

  @Test
  void anEventTypeKeepsItsLimitsAlthoughItsDataCoreNowHasSmallerOnes() throws IOException {
    String limits = "archive: {none: {}}, retention: {maxTtl: %s}, limits: {maxEventSize: %s}";
    write("core.yaml", CORE.replace("archive: {none: {}}", limits.formatted("30d", "256Ki")));
    write(
        "n.yaml",
        type("n", "n", 200_000).replace("name: n, max", "name: n, retention: {maxTtl: 20d}, max"));
    List<?> before = manifests.load().catalog().dataCores().getFirst().flowTypes();
    write("core.yaml", CORE.replace("archive: {none: {}}", limits.formatted("10d", "64Ki")));

    for (int load = 0; load < 2; load++) {
      Loaded loaded = manifests.load();

      assertThat(loaded.catalog().dataCores().getFirst().flowTypes()).isEqualTo(before);
      assertThat(loaded.rejections().toString())
          .contains("is 20d, more than", "which is 10d", "200000", "65536 bytes")
          .contains("last known good version stays active");
    }
    write("n.yaml", type("n", "n", 65_536));
    Loaded corrected = manifests.load();
    assertThat(corrected.rejections()).isEmpty();
    assertThat(limits(corrected.catalog(), "n")).containsExactly(65_536);
  }

  @Test
  void aSymbolicLinkToTheDirectoryIsFollowedAlsoAfterItIsSwapped() throws IOException {
    Path link = directory.resolve("link");
    for (int revision : List.of(1, 2)) {
      Path target = Files.createDirectories(directory.resolve(".worktrees/" + revision));
      Files.writeString(target.resolve("core.yaml"), CORE);
      Files.writeString(target.resolve("n.yaml"), type("n", "n", revision));
    }
    Files.createSymbolicLink(link, Path.of(".worktrees/1"));
    manifests = new ManifestDirectory(link);
    Object before = manifests.fingerprint();
    assertThat(limits(manifests.load().catalog(), "n")).containsExactly(1);
    assertThat(manifests.fingerprint()).isEqualTo(before);

    swap(link, Path.of(".worktrees/2"));

    assertThat(manifests.fingerprint()).isNotEqualTo(before);
    Loaded loaded = manifests.load();
    assertThat(limits(loaded.catalog(), "n")).containsExactly(2);
    assertThat(loaded.rejections()).isEmpty();
  }

  @Test
  void aDamagedFileKeepsItsResourcesAlsoWhenALinkIsSwapped() throws IOException {
    Path link = directory.resolve("link");
    for (int revision : List.of(1, 2)) {
      Path target = Files.createDirectories(directory.resolve(".worktrees/" + revision));
      Files.writeString(target.resolve("core.yaml"), revision == 1 ? CORE : "{{{");
    }
    Files.createSymbolicLink(link, Path.of(".worktrees/1"));
    manifests = new ManifestDirectory(link);
    Catalog before = manifests.load().catalog();
    swap(link, Path.of(".worktrees/2"));

    assertThat(manifests.load().catalog()).isEqualTo(before);
  }

  private static void swap(Path link, Path target) throws IOException {
    Path next = link.resolveSibling(".next");
    Files.createSymbolicLink(next, target);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void aMountedVolumeIsReadOnceThroughItsSymbolicLinks() throws IOException {
    for (int revision : List.of(1, 2)) {
      Path version = Files.createDirectory(directory.resolve("..version-" + revision));
      Files.createDirectory(version.resolve("types"));
      Files.writeString(version.resolve("n.yaml"), type("n", "n", revision));
      Files.writeString(version.resolve("types/m.yaml"), type("m", "m", revision));
    }
    Path data = directory.resolve("..data");
    Files.createSymbolicLink(data, Path.of("..version-1"));
    Files.createSymbolicLink(directory.resolve("n.yaml"), Path.of("..data/n.yaml"));
    Files.createSymbolicLink(directory.resolve("types"), Path.of("..data/types"));
    Object before = manifests.fingerprint();
    Loaded first = manifests.load();
    assertThat(limits(first.catalog(), "n")).containsExactly(1);
    assertThat(limits(first.catalog(), "m")).containsExactly(1);
    assertThat(first.rejections()).isEmpty();

    swap(data, Path.of("..version-2"));

    assertThat(manifests.fingerprint()).isNotEqualTo(before);
    Loaded second = manifests.load();
    assertThat(limits(second.catalog(), "n")).containsExactly(2);
    assertThat(limits(second.catalog(), "m")).containsExactly(2);
    assertThat(second.rejections()).isEmpty();
  }

  @Test
  void aLinkToAnotherPathOfTheDirectoryOrToNothingIsIgnored() throws IOException {
    Files.createDirectories(directory.resolve("a/b"));
    write("a/b/n.yaml", type("n", "n", 1));
    Files.createSymbolicLink(directory.resolve("a/b/up"), Path.of("../.."));
    Files.createSymbolicLink(directory.resolve("same"), Path.of("a"));
    Files.createSymbolicLink(directory.resolve("same.yaml"), Path.of("a/b/n.yaml"));
    Files.createSymbolicLink(directory.resolve("nothing.yaml"), Path.of("missing.yaml"));

    Loaded loaded = manifests.load();

    assertThat(limits(loaded.catalog(), "n")).containsExactly(1);
    assertThat(loaded.rejections()).isEmpty();
  }
}
