package io.flowcore.worker.archive.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The behavior of every archive store. */
public abstract class ArchiveStoreContract {
  @TempDir private Path directory;

  /** Returns the store under test, which is empty at first. */
  protected abstract ArchiveStore store();

  /** Returns another store with the same objects, as in another process. */
  protected abstract ArchiveStore sameObjects() throws Exception;

  protected static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  protected Path file(byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(directory, "object", ""), bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void theBytesBelowAPrefixAreCounted() throws Exception {
    assertThat(sizeBelow("")).isZero();
    store().put("a/b/one", file(random(1_000)), Sha256.digest(random(1_000)));
    store().put("a/c/d/two", file(random(200)), Sha256.digest(random(200)));
    store().replace("ab", random(30), Optional.empty());
    assertThat(sizeBelow("")).isEqualTo(1_230);
    assertThat(sizeBelow("a")).isEqualTo(1_200);
    assertThat(sizeBelow("a/c")).isEqualTo(200);
    assertThat(sizeBelow("missing")).isZero();
  }

  /** An S3 store uploads 40 MB in parts. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 40_000_000})
  void aStoredObjectIsReadBackInRanges(int size) throws Exception {
    byte[] content = random(size);
    store().put("a/b/segment", file(content), Sha256.digest(content));

    assertThat(store().size("a/b/segment")).contains((long) size);
    assertThat(store().range("a/b/segment", 0, size)).isEqualTo(content);
    if (size > 10) {
      assertThat(store().range("a/b/segment", size - 7, 7))
          .isEqualTo(Arrays.copyOfRange(content, size - 7, size));
      assertThat(store().range("a/b/segment", 3, 5)).isEqualTo(Arrays.copyOfRange(content, 3, 8));
    }
  }

  @Test
  void aFileWithAnotherChecksumIsNotStored() throws Exception {
    assertThatThrownBy(() -> store().put("a", file(random(100)), Sha256.digest(random(99))))
        .isInstanceOf(ArchiveException.class);
    assertThat(store().size("a")).isEmpty();
  }

  @Test
  void aMissingObjectIsDistinguishedFromATruncatedOne() throws Exception {
    byte[] content = random(10);
    store().put("a/x", file(content), Sha256.digest(content));

    assertThatThrownBy(() -> store().range("a/y", 0, 1)).extracting("kind").isEqualTo(Kind.MISSING);
    assertThatThrownBy(() -> store().range("a/x", 5, 6)).extracting("kind").isEqualTo(Kind.CORRUPT);
    assertThatThrownBy(() -> store().range("a/x", 10, 1))
        .extracting("kind")
        .isEqualTo(Kind.CORRUPT);
    assertThat(store().size("a/y")).isEmpty();
    assertThat(store().size("a")).as("a prefix").isEmpty();
    assertThat(store().read("a/y")).isEmpty();
  }

  private long sizeBelow(String prefix) throws ArchiveException {
    long[] sum = {0};
    store().walk(prefix, (key, size) -> sum[0] += size);
    return sum[0];
  }

  @Test
  void everyObjectBelowAPrefixIsVisitedWithItsFullKey() throws Exception {
    for (String key : List.of("t/core/2026/01/a", "t/core/x", "t/corex", "u")) {
      store().replace(key, bytes(key), Optional.empty());
    }
    List<String> keys = new ArrayList<>();
    store().walk("t/core", (key, size) -> keys.add(key + " " + size));

    assertThat(keys).containsExactlyInAnyOrder("t/core/2026/01/a 16", "t/core/x 8");
  }

  @Test
  void aSmallObjectIsReplacedOnlyIfItsVersionIsUnchanged() throws Exception {
    assertThat(store().replace("m", bytes("one"), Optional.empty())).isTrue();
    assertThat(store().replace("m", bytes("two"), Optional.empty())).isFalse();
    Content one = store().read("m").orElseThrow();
    assertThat(one.bytes()).isEqualTo(bytes("one"));

    assertThat(sameObjects().replace("m", bytes("three"), Optional.of(one.version()))).isTrue();
    assertThat(store().replace("m", bytes("four"), Optional.of(one.version()))).isFalse();
    Content three = store().read("m").orElseThrow();
    assertThat(three.bytes()).isEqualTo(bytes("three"));
    assertThat(three.version()).isNotEqualTo(one.version());

    store().delete("m");
    assertThat(store().replace("m", bytes("five"), Optional.of(three.version()))).isFalse();
    assertThat(store().read("m")).isEmpty();
  }

  @Test
  void concurrentWritersLoseNoUpdate() throws Exception {
    ArchiveStore other = sameObjects();
    store().replace("counter", bytes("0 "), Optional.empty());
    int writers = 8;
    int times = 15;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        ArchiveStore writer = w % 2 == 0 ? store() : other;
        results.add(
            threads.submit(() -> {
              for (int i = 0; i < times; i++) {
                increment(writer);
              }
              return null;
            }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }

    assertThat(count(store().read("counter").orElseThrow())).isEqualTo(writers * times);
  }

  private static void increment(ArchiveStore store) throws ArchiveException {
    while (true) {
      Content seen = store.read("counter").orElseThrow();
      String next = (count(seen) + 1) + " " + UUID.randomUUID();
      if (store.replace("counter", bytes(next), Optional.of(seen.version()))) {
        return;
      }
    }
  }

  private static int count(Content content) {
    return Integer.parseInt(new String(content.bytes(), UTF_8).split(" ", 2)[0]);
  }

  @Test
  void aListContainsOnlyWhatIsDirectlyBelowThePrefix() throws Exception {
    for (String key : List.of("t/core/2026/01/a", "t/core/2026/02/b", "t/core/x", "t/other", "u")) {
      store().replace(key, bytes(key), Optional.empty());
    }

    assertThat(store().list("")).containsExactly("t/", "u");
    assertThat(store().list("t")).containsExactly("core/", "other");
    assertThat(store().list("t/core")).containsExactly("2026/", "x");
    assertThat(store().list("t/core/2026")).containsExactly("01/", "02/");
    assertThat(store().list("t/core/2026/01")).containsExactly("a");
    assertThat(store().list("t/cor")).isEmpty();
    assertThat(store().list("nothing")).isEmpty();
  }

  @Test
  void aListMayBeLongerThanAPage() throws Exception {
    for (int i = 0; i < 1_100; i++) {
      store().replace("many/%04d".formatted(i), bytes("x"), Optional.empty());
    }

    assertThat(store().list("many")).hasSize(1_100).isSorted().startsWith("0000").endsWith("1099");
  }

  @Test
  void aDeletedObjectDoesNotExistAndCanBeDeletedAgain() throws Exception {
    store().replace("a/b", bytes("x"), Optional.empty());
    store().delete("a/b");
    store().delete("a/b");

    assertThat(store().read("a/b")).isEmpty();
    assertThat(store().list("a")).isEmpty();
  }

  @Test
  void anotherProcessReadsWhatWasStored() throws Exception {
    byte[] content = random(1_000);
    store().put("a/segment", file(content), Sha256.digest(content));
    store().replace("a/manifest", bytes("{}"), Optional.empty());

    ArchiveStore next = sameObjects();
    assertThat(next.range("a/segment", 0, 1_000)).isEqualTo(content);
    assertThat(next.read("a/manifest").orElseThrow().bytes()).isEqualTo(bytes("{}"));
  }
}
