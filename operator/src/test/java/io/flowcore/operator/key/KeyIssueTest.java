package io.flowcore.operator.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.KeyText;
import io.flowcore.operator.key.KeyIssue.Change;
import io.flowcore.operator.key.KeyIssue.Issued;
import io.flowcore.operator.key.KeyIssue.Rotation;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyIssueTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Optional<Rotation> WEEKLY =
      Optional.of(new Rotation(Duration.ofDays(7), Duration.ofDays(1)));

  private final KeyIssue issue = KeyIssue.random();

  private Issued issue(Map<String, String> texts, Optional<Rotation> rotation, Instant now) {
    return issue.issue(texts, Optional.empty(), rotation, now);
  }

  @Test
  void aMadeKeyHas256RandomBitsAndTheFormOfAKey() {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String key = issue(Map.of(), Optional.empty(), NOW).texts().get("key");
      assertThat(KeyText.id(key)).isPresent();
      assertThat(key.substring(key.lastIndexOf('_') + 1)).matches("[0-9a-f]{64}");
      keys.add(key);
    }
    assertThat(keys).hasSize(1_000);
  }

  @Test
  void aKeyThatIsThereIsKept() {
    Issued made = issue(Map.of(), WEEKLY, NOW);
    Issued later = issue(made.texts(), WEEKLY, NOW.plus(Duration.ofDays(6)));
    assertThat(later.change()).isEqualTo(Change.NONE);
    assertThat(later.texts()).isEqualTo(made.texts());
    assertThat(later.next()).contains(NOW.plus(Duration.ofDays(7)));
  }

  @Test
  void atItsAgeAKeyIsReplacedAndTheOldOneIsGoodUntilTheOverlapEnds() {
    Issued made = issue(Map.of(), WEEKLY, NOW);
    Instant due = NOW.plus(Duration.ofDays(7));
    Issued rotated = issue(made.texts(), WEEKLY, due);
    assertThat(rotated.change()).isEqualTo(Change.ROTATED);
    assertThat(rotated.texts()).containsEntry("previousKey", made.texts().get("key"));
    assertThat(KeyText.id(rotated.texts().get("key")))
        .isEqualTo(KeyText.id(made.texts().get("key")));
    assertThat(rotated.next()).contains(due.plus(Duration.ofDays(1)));
    Issued during = issue(rotated.texts(), WEEKLY, due.plus(Duration.ofHours(23)));
    assertThat(during.texts()).isEqualTo(rotated.texts());
    Issued after = issue(rotated.texts(), WEEKLY, due.plus(Duration.ofDays(1)));
    assertThat(after.change()).isEqualTo(Change.PREVIOUS_DROPPED);
    assertThat(after.texts()).containsOnlyKeys("key", KeyIssue.CREATED_AT);
    assertThat(after.texts()).containsEntry("key", rotated.texts().get("key"));
  }

  @Test
  void anOperatorThatWasAwayForManyPeriodsRotatesOnce() {
    Issued made = issue(Map.of(), WEEKLY, NOW);
    Instant back = NOW.plus(Duration.ofDays(70));
    Issued rotated = issue(made.texts(), WEEKLY, back);
    assertThat(rotated.texts()).containsEntry("previousKey", made.texts().get("key"));
    assertThat(issue(rotated.texts(), WEEKLY, back).change()).isEqualTo(Change.NONE);
  }

  @Test
  void withoutAnOverlapTheOldKeyEndsAtOnce() {
    Optional<Rotation> hard = Optional.of(new Rotation(Duration.ofDays(7), Duration.ZERO));
    Issued made = issue(Map.of(), hard, NOW);
    Issued rotated = issue(made.texts(), hard, NOW.plus(Duration.ofDays(7)));
    assertThat(rotated.texts()).doesNotContainKey("previousKey");
  }

  @Test
  void aLostSecretGivesANewKeyWithTheOldId() {
    Issued made = issue.issue(Map.of(), Optional.of("abc"), Optional.empty(), NOW);
    assertThat(made.texts().get("key")).startsWith("fc_abc_");
  }

  @Test
  void aSpoiledKeyIsReplaced() {
    Issued made = issue(Map.of("key", "garbage"), Optional.empty(), NOW);
    assertThat(made.change()).isEqualTo(Change.CREATED);
    assertThat(KeyText.id(made.texts().get("key"))).isPresent();
  }
}
