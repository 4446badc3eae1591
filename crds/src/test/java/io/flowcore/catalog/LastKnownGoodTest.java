package io.flowcore.catalog;

import static io.flowcore.catalog.ResourceFixtures.dataCore;
import static io.flowcore.catalog.ResourceFixtures.eventType;
import static io.flowcore.catalog.ResourceFixtures.flowType;
import static io.flowcore.catalog.ResourceFixtures.key;
import static io.flowcore.catalog.ResourceFixtures.set;
import static io.flowcore.catalog.ValidationFailure.Reason.DATA_CORE_REJECTED;
import static io.flowcore.catalog.ValidationFailure.Reason.FLOW_TYPE_REJECTED;
import static io.flowcore.catalog.ValidationFailure.Reason.INVALID;
import static io.flowcore.catalog.ValidationFailure.Reason.SECRET_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.LastKnownGood.Outcome;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** States the rule of {@link LastKnownGood} clause by clause. */
class LastKnownGoodTest {
  private static final ResourceId CORE = new ResourceId(ResourceKind.DATA_CORE, "default", "shop");
  private static final ResourceId FLOW =
      new ResourceId(ResourceKind.FLOW_TYPE, "default", "orders");
  private static final ResourceId TYPE =
      new ResourceId(ResourceKind.EVENT_TYPE, "default", "placed");
  private static final ResourceId KEY = new ResourceId(ResourceKind.WEBHOOK_KEY, "default", "k");

  /**
   * The newest state, in which versions are texts; the last known good versions replace some of
   * them.
   */
  private record State(Map<ResourceId, List<ValidationFailure>> verdicts)
      implements LastKnownGood.Validation {}

  private static List<ValidationFailure> failure(Reason... reasons) {
    return List.of(reasons).stream()
        .map(reason -> ValidationFailure.of(reason, "a message"))
        .toList();
  }

  private static Outcome<String, State> apply(
      Map<ResourceId, String> lastGood,
      Function<Map<ResourceId, String>, Map<ResourceId, List<ValidationFailure>>> validator) {
    return LastKnownGood.apply(
        lastGood, LastKnownGood.REVOKING_REASONS, kept -> new State(validator.apply(kept)));
  }

  /** Verdicts of a state in which a kept version is always valid. */
  private static Function<Map<ResourceId, String>, Map<ResourceId, List<ValidationFailure>>>
      verdicts(Map<ResourceId, List<ValidationFailure>> newest) {
    return kept -> {
      Map<ResourceId, List<ValidationFailure>> verdicts = new HashMap<>(newest);
      kept.keySet().forEach(id -> verdicts.put(id, List.of()));
      return verdicts;
    };
  }

  @Test
  void anAcceptedResourceIsActiveInItsNewestVersion() {
    Outcome<String, State> outcome = apply(Map.of(CORE, "old"), verdicts(Map.of(CORE, List.of())));

    assertThat(outcome.kept()).isEmpty();
    assertThat(outcome.failures().get(CORE)).isEmpty();
  }

  @Test
  void aRejectedResourceKeepsItsLastKnownGoodVersionAndItsFailuresAreReported() {
    Outcome<String, State> outcome =
        apply(Map.of(CORE, "old"), verdicts(Map.of(CORE, failure(INVALID))));

    assertThat(outcome.kept()).containsExactly(Map.entry(CORE, "old"));
    assertThat(outcome.validation().verdicts().get(CORE)).isEmpty();
    assertThat(outcome.failures().get(CORE))
        .containsExactly(
            ValidationFailure.of(INVALID, "a message (its last known good version stays active)"));
  }

  @Test
  void aRejectedResourceWithoutALastKnownGoodVersionIsNotActive() {
    Outcome<String, State> outcome = apply(Map.of(), verdicts(Map.of(CORE, failure(INVALID))));

    assertThat(outcome.kept()).isEmpty();
    assertThat(outcome.failures().get(CORE)).isEqualTo(failure(INVALID));
  }

  @Test
  void aDeletedResourceIsNotActive() {
    Outcome<String, State> outcome =
        apply(Map.of(CORE, "old", KEY, "old"), verdicts(Map.of(CORE, failure(INVALID))));

    assertThat(outcome.kept()).containsOnlyKeys(CORE);
    assertThat(outcome.failures()).containsOnlyKeys(CORE);
  }

  @Test
  void aChildOfARejectedParentIsActiveInItsNewestVersionIfThatIsValidWithTheKeptParent() {
    Outcome<String, State> outcome =
        apply(
            Map.of(CORE, "old", FLOW, "old"),
            kept ->
                kept.containsKey(CORE)
                    ? Map.of(CORE, List.of(), FLOW, List.of())
                    : Map.of(CORE, failure(INVALID), FLOW, failure(DATA_CORE_REJECTED)));

    assertThat(outcome.kept()).containsOnlyKeys(CORE);
    assertThat(outcome.failures().get(FLOW)).isEmpty();
  }

  @Test
  void aChildThatStaysRejectedWithTheKeptParentKeepsItsLastKnownGoodVersion() {
    Outcome<String, State> outcome =
        apply(
            Map.of(CORE, "old", FLOW, "old", TYPE, "old"),
            verdicts(
                Map.of(
                    CORE, failure(INVALID),
                    FLOW, failure(DATA_CORE_REJECTED),
                    TYPE, failure(FLOW_TYPE_REJECTED))));

    assertThat(outcome.kept()).containsOnlyKeys(CORE, FLOW, TYPE);
  }

  @Test
  void aLastKnownGoodVersionThatIsNotValidAnyLongerIsNotActive() {
    Outcome<String, State> outcome =
        apply(
            Map.of(FLOW, "old"),
            kept -> Map.of(FLOW, failure(kept.isEmpty() ? INVALID : Reason.NAME_CONFLICT)));

    assertThat(outcome.kept()).isEmpty();
    assertThat(outcome.failures().get(FLOW)).isEqualTo(failure(INVALID));
  }

  @Test
  void aKeyThatIsRejectedForARevokingReasonDoesNotKeepItsLastKnownGoodVersion() {
    for (Reason reason : LastKnownGood.REVOKING_REASONS) {
      Outcome<String, State> outcome =
          apply(Map.of(KEY, "old"), verdicts(Map.of(KEY, failure(INVALID, reason))));

      assertThat(outcome.kept()).as("%s", reason).isEmpty();
    }
  }

  @Test
  void aDataCoreWhoseSecretIsMissingKeepsItsLastGoodVersion() {
    for (Reason reason : LastKnownGood.REVOKING_REASONS) {
      Outcome<String, State> outcome =
          apply(Map.of(CORE, "old"), verdicts(Map.of(CORE, failure(reason))));

      assertThat(outcome.kept()).as("%s", reason).containsOnlyKeys(CORE);
    }
  }

  @Test
  void withoutRevokingReasonsOnlyTheValidationDecides() {
    Outcome<String, State> outcome =
        LastKnownGood.apply(
            Map.of(KEY, "old"),
            Set.of(),
            kept -> new State(verdicts(Map.of(KEY, failure(SECRET_NOT_FOUND))).apply(kept)));

    assertThat(outcome.kept()).containsOnlyKeys(KEY);
  }

  @ParameterizedTest
  @CsvSource({"false,false,false", "true,false,true", "false,true,true", "true,true,true"})
  void aKeptKeyIsSuspendedIfEitherVersionIs(boolean last, boolean newest, boolean expected) {
    WebhookKey newestKey = key("k", "shop", "s", ", suspended: " + newest);

    assertThat(
            LastKnownGood.restrict(key("k", "shop", "s", ", suspended: " + last), newestKey)
                .getSpec()
                .suspended())
        .isEqualTo(expected);
    assertThat(LastKnownGood.restrict(entry(last, Optional.empty()), newestKey).suspended())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "2030-01-01T00:00:00Z,,2030-01-01T00:00:00Z",
    ",2030-01-01T00:00:00Z,2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z,2029-01-01T00:00:00+01:00,2028-12-31T23:00:00Z",
    "2029-01-01T00:00:00Z,2030-01-01T00:00:00Z,2029-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z,never,2030-01-01T00:00:00Z"
  })
  void aKeptKeyExpiresAtTheEarlierOfBothTimes(String last, String newest, Instant expected) {
    WebhookKey newestKey = key("k", "shop", "s", expiry(newest));

    assertThat(
            LastKnownGood.restrict(key("k", "shop", "s", expiry(last)), newestKey)
                .getSpec()
                .expiresAt())
        .isEqualTo(expected.toString());
    assertThat(
            LastKnownGood.restrict(
                    entry(false, Optional.ofNullable(last).map(Instant::parse)), newestKey)
                .expiresAt())
        .contains(expected);
  }

  @Test
  void aKeptKeyWithoutAnyExpiryTimeDoesNotExpire() {
    assertThat(
            LastKnownGood.restrict(key("k", "shop", "s"), key("k", "shop", "s"))
                .getSpec()
                .expiresAt())
        .isNull();
  }

  @Test
  void aKeptKeyIsUnchangedIfItsNewestVersionHasNoSpec() {
    WebhookKey withoutSpec = new WebhookKey();
    KeyEntry entry = entry(false, Optional.empty());

    assertThat(LastKnownGood.restrict(entry, withoutSpec)).isEqualTo(entry);
  }

  @Test
  void aKeptKeyKeepsThePermissionsOfItsLastKnownGoodVersion() {
    KeyEntry entry = entry(false, Optional.empty());

    assertThat(
            LastKnownGood.restrict(entry, key("k", "shop", "s", ", allow: [{flowType: orders}]")))
        .isEqualTo(entry);
  }

  @Test
  void aKeptEventTypeKeepsWhatItInheritedFromItsDataCore() {
    EventType type = eventType("placed", "orders", "placed", ", retention: {maxTtl: 6d}");
    EventType kept = LastKnownGood.withInheritedValues(type, dataCore("shop"));
    DataCore newDefaults =
        dataCore("shop", "acme", "shop", "retention: {hot: 9d}\nlimits: {maxEventSize: 1Ki}");

    Compilation before = compile(dataCore("shop"), type);

    assertThat(before.catalog().eventTypeCount()).isEqualTo(1);
    assertThat(compile(dataCore("shop"), kept)).isEqualTo(before);
    assertThat(compile(newDefaults, type).catalog().eventTypeCount()).isZero();
    assertThat(compile(newDefaults, kept).catalog().eventTypeCount()).isZero();
    assertThat(
            CatalogCompiler.compile(resources(newDefaults, kept), Map.of(), Set.of(TYPE))
                .catalog()
                .dataCores()
                .getFirst()
                .flowTypes())
        .isEqualTo(before.catalog().dataCores().getFirst().flowTypes());
  }

  private static Compilation compile(DataCore core, EventType type) {
    return CatalogCompiler.compile(resources(core, type));
  }

  private static ResourceSet resources(DataCore core, EventType type) {
    return set(core, flowType("orders", "shop", "orders"), type);
  }

  private static String expiry(String time) {
    return time == null ? "" : ", expiresAt: '" + time + "'";
  }

  private static KeyEntry entry(boolean suspended, Optional<Instant> expiresAt) {
    return new KeyEntry(
        "k",
        "default/k",
        new UUID(1, 2),
        List.of(),
        Set.of(Permission.ingest, Permission.fetch),
        List.of(),
        expiresAt,
        suspended,
        Optional.empty());
  }
}
