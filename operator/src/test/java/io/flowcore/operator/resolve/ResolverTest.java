package io.flowcore.operator.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.KeyText;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stays active of a running data core when it is rejected or its catalog is not written. */
class ResolverTest {
  private static final String ONE = "fc_one_0123456789abcdef0123456789abcdef";
  private static final String ONE_NEXT = "fc_one_fedcba9876543210fedcba9876543210";
  private static final String TWO = "fc_two_0123456789abcdef0123456789abcdef";
  private static final String EMBEDDED = "hotStore: {embedded: {storage: 1Gi}}";
  private static final String RUNNING = EMBEDDED + ", archive: {directory: {}}";
  private static final String OUTSIDE_VOLUME =
      EMBEDDED + ", archive: {directory: {path: /elsewhere}}";
  private static final String INVALID = RUNNING + ", retention: {hot: 9d, maxTtl: 1d}";

  /** Rejected by a rule of the cluster, and by one of the catalog. */
  private static final List<String> REJECTED = List.of(OUTSIDE_VOLUME, INVALID);

  private final ShopResources shop = new ShopResources();
  private Catalog before;

  @BeforeEach
  void run() {
    shop.dataCore(RUNNING);
    shop.add(FlowType.class, "orders", "dataCoreRef: {name: shop}, name: orders");
    shop.add(FlowType.class, "returns", "dataCoreRef: {name: shop}, name: returns");
    shop.add(EventType.class, "placed", "flowTypeRef: {name: orders}, name: placed");
    shop.add(EventType.class, "shipped", "flowTypeRef: {name: orders}, name: shipped");
    shop.key("one", "existingSecretRef: {name: one}");
    shop.key("two", "secretName: two");
    shop.secret("one", "key", ONE);
    shop.secret("two", "key", TWO);
    shop.own("two");
    before = ((Resolution.Accepted) resolve(Optional.empty())).catalog();
    assertThat(eventTypes(before)).containsExactly("orders/placed", "orders/shipped");
    assertThat(keyIds(before)).containsExactly("one", "two");
  }

  private Resolution resolve(Optional<Catalog> lastWritten, DataCore... sameName) {
    return Resolver.resolve(shop.inputs(sameName), () -> lastWritten);
  }

  private Catalog lastGood(DataCore... sameName) {
    return ((Resolution.Rejected) resolve(Optional.of(before), sameName)).lastGood().orElseThrow();
  }

  private Catalog fallback() {
    return Resolver.fallback(shop.inputs(), Optional.of(before)).orElseThrow();
  }

  private static List<String> flowTypes(Catalog catalog) {
    return catalog.dataCores().getFirst().flowTypes().stream().map(flow -> flow.name()).toList();
  }

  private static List<String> eventTypes(Catalog catalog) {
    return catalog.dataCores().getFirst().flowTypes().stream()
        .flatMap(flow -> flow.eventTypes().stream().map(type -> flow.name() + "/" + type.name()))
        .toList();
  }

  private static List<String> keyIds(Catalog catalog) {
    return catalog.keys().stream().map(KeyEntry::keyId).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OUTSIDE_VOLUME,
        EMBEDDED + ", archive: {s3: {bucket: b, credentialsSecretRef: {name: missing}}}",
        EMBEDDED + ", archive: {s3: {bucket: b, credentialsSecretRef: {name: one}}}",
        EMBEDDED + ", archive: {}",
        INVALID
      })
  void aRejectedDataCoreKeepsItsCatalog(String spec) {
    shop.dataCore(spec);

    assertThat(lastGood()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "credentialsSecretRef: {name: missing}",
        "tls: {caSecretRef: {name: missing}}",
        "tls: {clientCertificateSecretRef: {name: missing}}"
      })
  void aDataCoreKeepsItsCatalogIfASecretForCassandraIsMissing(String reference) {
    shop.dataCore(
        "archive: {none: {}}, hotStore: {cassandra: {contactPoints: [c], keyspace: k, localDatacenter: d, %s}}"
            .formatted(reference));

    assertThat(lastGood()).isEqualTo(before);
  }

  @Test
  void aDataCoreKeepsItsCatalogIfAnOlderRunningOneHasTheSameName() {
    Stream.of(olderRunning(RUNNING), olderRunning(INVALID))
        .forEach(older -> assertThat(lastGood(older)).isEqualTo(before));
  }

  private static DataCore olderRunning(String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: flowcore.io/v1alpha1
        kind: DataCore
        metadata: {name: older, namespace: team-a, creationTimestamp: '2025-01-01T00:00:00Z'}
        spec: {tenant: acme, name: shop, %s}
        status: {catalogRevision: abc}
        """
            .formatted(spec),
        DataCore.class);
  }

  @Test
  void theMembersOfADataCoreThatTheClusterRejectsAreRejectedToo() {
    shop.dataCore(OUTSIDE_VOLUME);

    Map<ResourceId, List<ValidationFailure>> verdicts = resolve(Optional.of(before)).verdicts();

    assertThat(verdicts.get(ShopResources.id(ResourceKind.FLOW_TYPE, "orders")))
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.reason()).isEqualTo(Reason.DATA_CORE_REJECTED);
          assertThat(failure.message()).endsWith(LastKnownGood.NOTE);
        });
    assertThat(verdicts.get(ShopResources.id(ResourceKind.EVENT_TYPE, "placed")))
        .singleElement()
        .extracting(ValidationFailure::reason)
        .isEqualTo(Reason.FLOW_TYPE_REJECTED);
    assertThat(verdicts.get(ShopResources.id(ResourceKind.WEBHOOK_KEY, "one")))
        .singleElement()
        .extracting(ValidationFailure::reason)
        .isEqualTo(Reason.DATA_CORE_REJECTED);
  }

  @Test
  void aDataCoreThatStaysRejectedKeepsItsCatalogEachTime() {
    shop.dataCore(EMBEDDED + ", archive: {s3: {bucket: b, credentialsSecretRef: {name: missing}}}");
    Catalog first = lastGood();

    Resolution.Rejected again = (Resolution.Rejected) resolve(Optional.of(first));

    assertThat(again.lastGood()).contains(before);
  }

  @Test
  void deletedMembersOfARejectedDataCoreAreRemovedAndNewOnesAreNotAdded() {
    shop.dataCore(OUTSIDE_VOLUME);

    assertDeletionsAndAdditions(this::lastGood);
  }

  @Test
  void deletedMembersAreRemovedFromACatalogThatStaysBecauseTheNewestIsTooLarge() {
    assertThat(fallback()).isEqualTo(before);
    assertDeletionsAndAdditions(this::fallback);
  }

  private void assertDeletionsAndAdditions(Supplier<Catalog> after) {
    shop.delete(ResourceKind.FLOW_TYPE, "returns");
    shop.delete(ResourceKind.EVENT_TYPE, "shipped");
    shop.delete(ResourceKind.WEBHOOK_KEY, "two");
    shop.add(FlowType.class, "new", "dataCoreRef: {name: shop}, name: new");
    shop.add(EventType.class, "new", "flowTypeRef: {name: orders}, name: new");
    shop.key("new", "existingSecretRef: {name: new}");
    shop.secret("new", "key", "fc_new_0123456789abcdef0123456789abcdef");

    assertThat(flowTypes(after.get())).containsExactly("orders");
    assertThat(eventTypes(after.get())).containsExactly("orders/placed");
    assertThat(keyIds(after.get())).containsExactly("one");
  }

  @Test
  void keysOfARejectedDataCoreAreRevokedAndRotated() {
    shop.dataCore(OUTSIDE_VOLUME);

    assertRevocations(this::lastGood);
  }

  @Test
  void keysAreRevokedAndRotatedAlthoughTheNewestCatalogIsTooLarge() {
    assertRevocations(this::fallback);
  }

  private void assertRevocations(Supplier<Catalog> after) {
    shop.secret("one", "key", ONE_NEXT);
    assertThat(after.get().keys().getFirst().digests().getFirst().sha256())
        .isEqualTo(KeyText.digest(ONE_NEXT));
    shop.key("one", "existingSecretRef: {name: one}, suspended: true");
    assertThat(after.get().keys().getFirst().suspended()).isTrue();
    shop.key("one", "existingSecretRef: {name: one}, expiresAt: '2030-01-01T00:00:00Z'");
    assertThat(after.get().keys().getFirst().expiresAt().orElseThrow())
        .isEqualTo("2030-01-01T00:00:00Z");
    shop.key("one", "existingSecretRef: {name: one}, suspended: true, rateLimit: {}");
    assertThat(after.get().keys().getFirst().suspended()).isTrue();
    shop.delete(ResourceKind.SECRET, "one");
    assertThat(keyIds(after.get())).containsExactly("two");
    assertThat(eventTypes(after.get())).isEqualTo(eventTypes(before));
  }

  @Test
  void aKeyOfARejectedDataCoreWithAForeignSecretIsNotActive() {
    shop.secret("two", "key", TWO);

    assertThat(keyIds(fallback())).containsExactly("one");
    assertThat(keyIds(((Resolution.Accepted) resolve(Optional.of(before))).catalog()))
        .containsExactly("one");
    for (String spec : REJECTED) {
      shop.dataCore(spec);
      assertThat(keyIds(lastGood())).as(spec).containsExactly("one");
    }
  }

  @Test
  void aKeyOfARejectedDataCoreWhoseIdBelongsToAnotherKeyIsNotActive() {
    shop.secret("two", "key", ONE_NEXT);
    shop.own("two");
    for (String spec : REJECTED) {
      shop.dataCore(spec);
      assertThat(lastGood().keys()).as(spec).containsExactly(before.keys().getFirst());
    }
  }

  @Test
  void anEventTypeKeepsItsLastGoodVersionAlthoughTheNewDefaultsOfItsDataCoreContradictIt() {
    String limited = "flowTypeRef: {name: orders}, name: placed, retention: {maxTtl: 6d}";
    shop.add(EventType.class, "placed", limited);
    before = ((Resolution.Accepted) resolve(Optional.of(before))).catalog();
    shop.dataCore(RUNNING + ", retention: {hot: 9d}");

    Catalog after = ((Resolution.Accepted) resolve(Optional.of(before))).catalog();

    assertThat(eventTypes(after)).isEqualTo(eventTypes(before));
  }

  @Test
  void anEventTypeKeepsItsLimitsAlthoughItsDataCoreNowHasSmallerOnes() {
    String limited =
        "flowTypeRef: {name: orders}, name: placed, retention: {maxTtl: 7d}, maxEventSize: 64Ki";
    shop.add(EventType.class, "placed", limited);
    before = ((Resolution.Accepted) resolve(Optional.of(before))).catalog();
    shop.dataCore(RUNNING + ", retention: {maxTtl: 6d}, limits: {maxEventSize: 1Ki}");

    Catalog after = ((Resolution.Accepted) resolve(Optional.of(before))).catalog();

    assertThat(eventTypes(after)).isEqualTo(eventTypes(before));
  }

  @Test
  void aPreviousCatalogWithoutTheDataCoreIsIgnored() {
    shop.add(EventType.class, "bad", "flowTypeRef: {name: orders}, name: bad, maxEventSize: 2Mi");

    Resolution resolution = resolve(Optional.of(Catalog.empty()));

    assertThat(((Resolution.Accepted) resolution).catalog()).isEqualTo(before);
    assertThat(Resolver.fallback(shop.inputs(), Optional.of(Catalog.empty()))).isEmpty();
  }
}
