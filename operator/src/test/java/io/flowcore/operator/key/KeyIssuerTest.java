package io.flowcore.operator.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.KeyText;
import io.flowcore.operator.key.KeyIssuer.Change;
import io.flowcore.operator.key.KeyIssuer.IssuedKey;
import io.flowcore.operator.key.KeyIssuer.Rotation;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyIssuerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Optional<Rotation> WEEKLY =
      Optional.of(new Rotation(Duration.ofDays(7), Duration.ofDays(1)));

  private final KeyIssuer issuer = KeyIssuer.random();

  private IssuedKey issue(Map<String, String> entries, Optional<Rotation> rotation, Instant now) {
    return issuer.issue(entries, Optional.empty(), rotation, now);
  }

  @Test
  void aNewKeyHas256RandomBitsAndTheFormatOfAKey() {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String key = issue(Map.of(), Optional.empty(), NOW).entries().get("key");
      assertThat(KeyText.id(key)).isPresent();
      assertThat(key.substring(key.lastIndexOf('_') + 1)).matches("[0-9a-f]{64}");
      keys.add(key);
    }
    assertThat(keys).hasSize(1_000);
  }

  @Test
  void anExistingKeyIsKept() {
    IssuedKey created = issue(Map.of(), WEEKLY, NOW);
    IssuedKey later = issue(created.entries(), WEEKLY, NOW.plus(Duration.ofDays(6)));
    assertThat(later.change()).isEqualTo(Change.NONE);
    assertThat(later.entries()).isEqualTo(created.entries());
    assertThat(later.nextChange()).contains(NOW.plus(Duration.ofDays(7)));
  }

  @Test
  void aKeyIsRotatedAtItsAgeAndThePreviousOneIsValidDuringTheOverlap() {
    IssuedKey created = issue(Map.of(), WEEKLY, NOW);
    Instant due = NOW.plus(Duration.ofDays(7));
    IssuedKey rotated = issue(created.entries(), WEEKLY, due);
    assertThat(rotated.change()).isEqualTo(Change.ROTATED);
    assertThat(rotated.entries()).containsEntry("previousKey", created.entries().get("key"));
    assertThat(KeyText.id(rotated.entries().get("key")))
        .isEqualTo(KeyText.id(created.entries().get("key")));
    assertThat(rotated.nextChange()).contains(due.plus(Duration.ofDays(1)));
    IssuedKey during = issue(rotated.entries(), WEEKLY, due.plus(Duration.ofHours(23)));
    assertThat(during.entries()).isEqualTo(rotated.entries());
    IssuedKey after = issue(rotated.entries(), WEEKLY, due.plus(Duration.ofDays(1)));
    assertThat(after.change()).isEqualTo(Change.PREVIOUS_REMOVED);
    assertThat(after.entries()).containsOnlyKeys("key", KeyIssuer.CREATED_AT);
    assertThat(after.entries()).containsEntry("key", rotated.entries().get("key"));
  }

  @Test
  void aKeyIsRotatedOnceAfterALongDowntime() {
    IssuedKey created = issue(Map.of(), WEEKLY, NOW);
    Instant afterDowntime = NOW.plus(Duration.ofDays(70));
    IssuedKey rotated = issue(created.entries(), WEEKLY, afterDowntime);
    assertThat(rotated.entries()).containsEntry("previousKey", created.entries().get("key"));
    assertThat(issue(rotated.entries(), WEEKLY, afterDowntime).change()).isEqualTo(Change.NONE);
  }

  @Test
  void withoutAnOverlapThePreviousKeyIsRemovedAtOnce() {
    Optional<Rotation> withoutOverlap =
        Optional.of(new Rotation(Duration.ofDays(7), Duration.ZERO));
    IssuedKey created = issue(Map.of(), withoutOverlap, NOW);
    IssuedKey rotated = issue(created.entries(), withoutOverlap, NOW.plus(Duration.ofDays(7)));
    assertThat(rotated.entries()).doesNotContainKey("previousKey");
  }

  @Test
  void aLostSecretIsReplacedByANewKeyWithTheSameId() {
    IssuedKey created = issuer.issue(Map.of(), Optional.of("abc"), Optional.empty(), NOW);
    assertThat(created.entries().get("key")).startsWith("fc_abc_");
  }

  @Test
  void anInvalidKeyIsReplaced() {
    IssuedKey created = issue(Map.of("key", "garbage"), Optional.empty(), NOW);
    assertThat(created.change()).isEqualTo(Change.CREATED);
    assertThat(KeyText.id(created.entries().get("key"))).isPresent();
  }
}
