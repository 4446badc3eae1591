package io.flowcore.catalog;

import static io.flowcore.catalog.ResourceFixtures.KEY;
import static io.flowcore.catalog.ResourceFixtures.dataCore;
import static io.flowcore.catalog.ResourceFixtures.eventType;
import static io.flowcore.catalog.ResourceFixtures.flowType;
import static io.flowcore.catalog.ResourceFixtures.key;
import static io.flowcore.catalog.ResourceFixtures.secret;
import static io.flowcore.catalog.ResourceFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogCompilerTest {
  @Test
  void acceptsMatchingResourcesAndAppliesTheDefaults() {
    Compilation compiled = CatalogCompiler.compile(shop());

    assertThat(compiled.verdicts().values()).allMatch(List::isEmpty).hasSize(5);
    EventTypeEntry placed =
        compiled.catalog().dataCores().getFirst().flowTypes().getFirst().eventTypes().getFirst();
    assertThat(placed.name()).isEqualTo("order.placed");
    assertThat(placed.hotSeconds()).isEqualTo(5 * 86_400);
    assertThat(placed.maxTtlSeconds()).isEqualTo(7 * 86_400);
    assertThat(placed.maxEventBytes()).isEqualTo(65_536);
    assertThat(placed.archive()).isTrue();
    assertThat(compiled.catalog().keys().getFirst().digests().getFirst().sha256())
        .isEqualTo(KeyText.digest(KEY));
  }

  private static ResourceSet shop() {
    return set(
        dataCore("shop"),
        flowType("orders", "shop", "orders"),
        eventType("placed", "orders", "order.placed"),
        eventType("shipped", "orders", "order.shipped"),
        key("key", "shop", "secret"),
        secret("secret", KEY));
  }

  @Test
  void aDataCoreThatOtherRulesRejectIsNotCompiledAndItsMembersAreRejected() {
    ResourceId core = new ResourceId(ResourceKind.DATA_CORE, "default", "shop");
    List<ValidationFailure> failures =
        List.of(ValidationFailure.of(Reason.SECRET_NOT_FOUND, "a message"));

    Compilation compiled = CatalogCompiler.compile(shop(), Map.of(), Map.of(core, failures));

    assertThat(compiled.catalog()).isEqualTo(Catalog.empty());
    assertThat(compiled.verdicts().get(core)).isEqualTo(failures);
    assertThat(compiled.verdicts().values()).noneMatch(List::isEmpty).hasSize(5);
  }

  @Test
  void aKeyThatOtherRulesRejectDoesNotTakeAKeyId() {
    ResourceId rejected = new ResourceId(ResourceKind.WEBHOOK_KEY, "default", "a");

    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                key("a", "shop", "secret"),
                key("b", "shop", "secret"),
                secret("secret", KEY)),
            Map.of(),
            Map.of(rejected, List.of(ValidationFailure.of(Reason.SECRET_CONFLICT, "a message"))));

    assertThat(compiled.catalog().keys())
        .singleElement()
        .satisfies(key -> assertThat(key.resource()).isEqualTo("default/b"));
  }

  @Test
  void anEventTypeInheritsUnsetFieldsFromItsDataCore() {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore(
                    "shop",
                    "acme",
                    "shop",
                    "retention: {hot: 2d, maxTtl: 30d}\nlimits: {maxEventSize: 10Ki}"),
                flowType("orders", "shop", "orders"),
                eventType("a", "orders", "a"),
                eventType(
                    "b",
                    "orders",
                    "b",
                    ", archive: false, maxEventSize: 1Ki, retention: {hot: 20d}")));

    List<EventTypeEntry> types =
        compiled.catalog().dataCores().getFirst().flowTypes().getFirst().eventTypes();
    assertThat(types.get(0).hotSeconds()).isEqualTo(2 * 86_400);
    assertThat(types.get(0).maxTtlSeconds()).isEqualTo(30 * 86_400);
    assertThat(types.get(0).maxEventBytes()).isEqualTo(10_240);
    assertThat(types.get(1).hotSeconds()).isEqualTo(20 * 86_400);
    assertThat(types.get(1).maxTtlSeconds()).isEqualTo(30 * 86_400);
    assertThat(types.get(1).archive()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|true",
        ", files: true|true",
        ", files: false|false",
        ", maxEventSize: 1Ki|false",
        ", schema: {type: object}|false",
        ", schema: null|true",
        ", files: true, maxEventSize: 1Ki, schema: {type: object}|true",
      })
  void filesBypassASchemaOrASizeLimitOnlyIfTheEventTypeAllowsIt(String fields, boolean files) {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop", "acme", "shop", "limits: {maxEventSize: 10Ki}"),
                flowType("orders", "shop", "orders"),
                eventType("a", "orders", "a", fields)));

    assertThat(
            compiled
                .catalog()
                .dataCores()
                .getFirst()
                .flowTypes()
                .getFirst()
                .eventTypes()
                .getFirst()
                .files())
        .isEqualTo(files);
  }

  @Test
  void anInvalidResourceAffectsOnlyResourcesThatReferToIt() {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                dataCore("broken", "ACME", "x", ""),
                flowType("orders", "shop", "orders"),
                flowType("lost", "broken", "lost"),
                eventType("placed", "orders", "order.placed"),
                eventType("gone", "lost", "gone"),
                eventType("bad", "orders", "bad", ", retention: {hot: soon}")));

    assertThat(reason(compiled, ResourceKind.DATA_CORE, "broken")).isEqualTo(Reason.INVALID);
    assertThat(reason(compiled, ResourceKind.FLOW_TYPE, "lost"))
        .isEqualTo(Reason.DATA_CORE_REJECTED);
    assertThat(reason(compiled, ResourceKind.EVENT_TYPE, "gone"))
        .isEqualTo(Reason.FLOW_TYPE_REJECTED);
    assertThat(message(compiled, ResourceKind.EVENT_TYPE, "bad"))
        .contains("spec.retention.hot", "'soon'", "5d");
    assertThat(compiled.catalog().eventTypeCount()).isEqualTo(1);
  }

  @Test
  void anUnexpectedValueRejectsOnlyItsOwnResource() {
    var undated = eventType("undated", "orders", "undated");
    undated.getMetadata().setCreationTimestamp("yesterday");
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                flowType("orders", "shop", "orders"),
                eventType("placed", "orders", "order.placed"),
                undated,
                key("nothing", "shop", "s", ", allow: [null]"),
                key("key", "shop", "s"),
                secret("s", KEY)));

    assertThat(reason(compiled, ResourceKind.EVENT_TYPE, "undated")).isEqualTo(Reason.INVALID);
    assertThat(reason(compiled, ResourceKind.WEBHOOK_KEY, "nothing")).isEqualTo(Reason.INVALID);
    assertThat(compiled.catalog().eventTypeCount()).isEqualTo(1);
    assertThat(compiled.catalog().keys()).hasSize(1);
  }

  @Test
  void aMessageNamesTheMissingReference() {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                flowType("orders", "nowhere", "orders"),
                eventType("placed", "nothing", "placed"),
                key("key", "shop", "missing")));

    assertThat(reason(compiled, ResourceKind.FLOW_TYPE, "orders"))
        .isEqualTo(Reason.DATA_CORE_NOT_FOUND);
    assertThat(message(compiled, ResourceKind.FLOW_TYPE, "orders"))
        .contains("DataCore default/nowhere", "does not exist");
    assertThat(reason(compiled, ResourceKind.EVENT_TYPE, "placed"))
        .isEqualTo(Reason.FLOW_TYPE_NOT_FOUND);
    assertThat(reason(compiled, ResourceKind.WEBHOOK_KEY, "key"))
        .isEqualTo(Reason.SECRET_NOT_FOUND);
  }

  @Test
  void aReferenceDoesNotReachOtherNamespaces() {
    var foreign = flowType("orders", "shop", "orders");
    foreign.getMetadata().setNamespace("other");

    assertThat(
            CatalogCompiler.compile(set(dataCore("shop"), foreign))
                .verdicts()
                .get(ResourceId.of(foreign)))
        .extracting(ValidationFailure::reason)
        .containsExactly(Reason.DATA_CORE_NOT_FOUND);
  }

  @Test
  void theOlderOfTwoResourcesGetsTheNameAndTheMessageOfTheOtherNamesIt() {
    var older = dataCore("zz-older", "acme", "shop", "");
    older.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
    var younger = dataCore("aa-younger", "acme", "shop", "");
    younger.getMetadata().setCreationTimestamp("2026-02-01T00:00:00Z");

    Compilation compiled = CatalogCompiler.compile(set(younger, older));

    assertThat(compiled.isAccepted(ResourceId.of(older))).isTrue();
    assertThat(reason(compiled, ResourceKind.DATA_CORE, "aa-younger"))
        .isEqualTo(Reason.NAME_CONFLICT);
    assertThat(message(compiled, ResourceKind.DATA_CORE, "aa-younger"))
        .contains("DataCore default/zz-older");
  }

  @Test
  void aRejectedResourceDoesNotOwnItsName() {
    Compilation compiled =
        CatalogCompiler.compile(
            set(
                dataCore("shop"),
                flowType("orders", "shop", "orders"),
                eventType("a-bad", "orders", "placed", ", maxEventSize: huge"),
                eventType("b-good", "orders", "placed")));

    assertThat(compiled.isAccepted(new ResourceId(ResourceKind.EVENT_TYPE, "default", "b-good")))
        .isTrue();
  }

  @Test
  void twoKeysWithTheSameIdConflict() {
    Compilation compiled =
        CatalogCompiler.compile(
            set(dataCore("shop"), key("a", "shop", "s"), key("b", "shop", "s"), secret("s", KEY)));

    assertThat(compiled.catalog().keys()).hasSize(1);
    assertThat(reason(compiled, ResourceKind.WEBHOOK_KEY, "b")).isEqualTo(Reason.KEY_CONFLICT);
  }

  @ParameterizedTest
  @CsvSource({"hello", "fc_a_short", "fc_a_b_0123456789abcdef0123", "fc__0123456789abcdef0123"})
  void anInvalidKeyIsRejectedAndNotQuoted(String text) {
    Compilation compiled =
        CatalogCompiler.compile(set(dataCore("shop"), key("k", "shop", "s"), secret("s", text)));

    assertThat(reason(compiled, ResourceKind.WEBHOOK_KEY, "k")).isEqualTo(Reason.INVALID_KEY);
    assertThat(message(compiled, ResourceKind.WEBHOOK_KEY, "k"))
        .contains("fc_<id>_<secret>")
        .doesNotContain("'" + text + "'");
  }

  @Test
  void thePreviousKeyOfARotationIsValidUntilTheEndOfTheOverlap() {
    var secret = secret("s", KEY);
    secret.getStringData().put("previousKey", "fc_abc_fedcba9876543210fedcba98");
    secret.getStringData().put("previousKeyValidUntil", "2026-06-01T00:00:00Z");

    var digests =
        CatalogCompiler.compile(set(dataCore("shop"), key("k", "shop", "s"), secret))
            .catalog()
            .keys()
            .getFirst()
            .digests();

    assertThat(digests).hasSize(2);
    assertThat(digests.get(0).notAfter()).isEmpty();
    assertThat(digests.get(1).notAfter())
        .isEqualTo(Optional.of(Instant.parse("2026-06-01T00:00:00Z")));
  }

  @Test
  void eventTypesOfADataCoreWithoutAnArchiveAreNotArchived() {
    var core =
        ResourceFixtures.read(
            "{kind: DataCore, metadata: {name: c}, spec: {tenant: t, name: c, hotStore: {embedded: {storage: 1Gi}}, archive: {none: {}}}}",
            io.flowcore.api.v1alpha1.DataCore.class);

    Compilation compiled =
        CatalogCompiler.compile(set(core, flowType("f", "c", "f"), eventType("e", "f", "e")));

    assertThat(
            compiled
                .catalog()
                .dataCores()
                .getFirst()
                .flowTypes()
                .getFirst()
                .eventTypes()
                .getFirst()
                .archive())
        .isFalse();
  }

  @Property(tries = 50)
  void theOrderOfTheInputDoesNotMatter(@ForAll long seed) {
    ResourceSet shop = shop();
    List<HasMetadata> shuffled = new ArrayList<>();
    shuffled.addAll(shop.dataCores());
    shuffled.addAll(shop.flowTypes());
    shuffled.addAll(shop.eventTypes());
    shuffled.addAll(shop.webhookKeys());
    shuffled.addAll(shop.secrets());
    shuffled.add(dataCore("other", "acme", "shop", ""));
    String revision = CatalogCompiler.compile(set(shuffled)).catalog().revision();
    Collections.shuffle(shuffled, new Random(seed));

    assertThat(CatalogCompiler.compile(set(shuffled)).catalog().revision()).isEqualTo(revision);
  }

  private static Reason reason(Compilation compiled, ResourceKind kind, String name) {
    return failure(compiled, kind, name).reason();
  }

  private static String message(Compilation compiled, ResourceKind kind, String name) {
    return failure(compiled, kind, name).message();
  }

  private static ValidationFailure failure(Compilation compiled, ResourceKind kind, String name) {
    List<ValidationFailure> failures =
        compiled.verdicts().get(new ResourceId(kind, "default", name));
    assertThat(failures).hasSize(1);
    return failures.getFirst();
  }
}
