package io.flowcore.worker.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairBudgetTest {
  private static final int MIB = 1 << 20;
  private static final long LIMIT = 64 * MIB;

  private final FairBudget budget = new FairBudget("request bodies", "memory", LIMIT);

  /** Opens leases of a size until one is rejected; returns what they use together. */
  private static long fill(FairBudget budget, String key, long size, List<FairBudget.Lease> open) {
    long taken = 0;
    while (true) {
      FairBudget.Lease lease = budget.lease(key);
      try {
        lease.take(size);
      } catch (ApiException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED);
        return taken;
      }
      open.add(lease);
      taken += size;
    }
  }

  @Test
  void oneKeyCanUseAtMostHalf() {
    long large = fill(budget, "shop/a", MIB, new ArrayList<>());

    assertThat(large).isBetween(LIMIT * 3 / 8, LIMIT / 2);
    assertThat(large + fill(budget, "shop/a", 1_000, new ArrayList<>()))
        .isBetween(LIMIT / 2 - 1_000, LIMIT / 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10})
  void aFurtherKeyGetsSomethingAfterOthersHaveTakenAllTheyCan(int keys) {
    for (int key = 0; key < keys; key++) {
      fill(budget, "shop/" + key, 100 << 10, new ArrayList<>());
      fill(budget, "shop/" + key, FairBudget.SMALL_BYTES, new ArrayList<>());
      fill(budget, "shop/" + key, 500, new ArrayList<>());
    }
    FairBudget.Lease further = budget.lease("shop/further");
    further.take(1_000);

    assertThat(budget.used()).isLessThanOrEqualTo(LIMIT);
  }

  @Test
  void aSmallRequestIsAcceptedAfterLargeOnesOfTheSameKeyAreRejected() {
    fill(budget, "shop/a", MIB, new ArrayList<>());
    List<FairBudget.Lease> small = new ArrayList<>();
    fill(budget, "shop/a", FairBudget.SMALL_BYTES, small);

    assertThat(small).hasSizeGreaterThan(32);
    FairBudget.Lease growing = small.getLast();
    assertThatThrownBy(() -> growing.take(1)).isInstanceOf(ApiException.class);
  }

  @Test
  void theErrorSaysWhoseShareIsUsedUp() {
    fill(budget, "shop/a", MIB, new ArrayList<>());
    assertThatThrownBy(() -> budget.lease("shop/a").take(MIB))
        .hasMessage(
            "request bodies of this key use 29,360,128 bytes of memory, the most that one key can use at this time; retry when its other requests are done");
    assertThatThrownBy(() -> budget.lease("shop/b").take(16 * MIB))
        .hasMessage(
            "request bodies of all keys use 29,360,128 of the 67,108,864 bytes of memory that they can use together; retry later");
    assertThatThrownBy(() -> budget.lease("shop/c").take(30 * MIB))
        .hasMessage(
            "one of the request bodies needs 31,457,280 bytes of memory, and one key can use at most 29,360,128; send or request less data at once, or increase the memory of the worker");
  }

  @Test
  void aRequestThatWaitsForNobodyMayUseEverythingIfItIsAlone() {
    FairBudget.Lease alone = budget.lease("shop/a");
    alone.takeWithoutCap(LIMIT - 10);
    assertThatThrownBy(() -> alone.takeWithoutCap(11)).isInstanceOf(ApiException.class);
    alone.close();
    FairBudget.Lease other = budget.lease("shop/a");
    other.take(1);
    assertThatThrownBy(() -> alone.takeWithoutCap(LIMIT - 10)).isInstanceOf(ApiException.class);
    other.close();
    alone.takeWithoutCap(LIMIT);
    alone.close();

    assertThat(budget.used()).isZero();
  }

  @Test
  void aResponseThatMustBeSentDelaysTheNextRequestsOfItsKeyOnly() {
    FairBudget.Lease response = budget.lease("shop/a");
    response.take(10);
    response.changeTo(LIMIT / 2 + 10);

    assertThatThrownBy(() -> budget.lease("shop/a").take(1)).isInstanceOf(ApiException.class);
    budget.lease("shop/b").take(MIB);
    response.close();
    assertThat(budget.used()).isEqualTo(MIB);
  }

  @Test
  void noKeyStarvesAnotherAndNothingIsLostInRandomUse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<FairBudget.Lease, Long> open = new HashMap<>();
    Map<FairBudget.Lease, String> keys = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      // The first key asks for more, and more often, than all others.
      String key = "shop/" + (random.nextInt(3) == 0 ? random.nextInt(1, 8) : 0);
      long bytes = key.equals("shop/0") ? random.nextInt(4 * MIB) : random.nextInt(64 << 10);
      FairBudget.Lease lease = budget.lease(key);
      long ofKey =
          open.entrySet().stream()
              .filter(entry -> keys.get(entry.getKey()).equals(key))
              .mapToLong(Map.Entry::getValue)
              .sum();
      try {
        lease.take(bytes);
        open.put(lease, bytes);
        keys.put(lease, key);
        assertThat(ofKey + bytes).as("seed %d", seed).isLessThanOrEqualTo(LIMIT / 2);
      } catch (ApiException e) {
        assertThat(ofKey + bytes)
            .as("a key with less than its part was rejected, seed %d", seed)
            .isGreaterThan((LIMIT - LIMIT / 8) / 9);
        assertThat(key).as("seed %d", seed).isEqualTo("shop/0");
      }
      if (open.size() > 40) {
        FairBudget.Lease closed =
            open.keySet().stream().skip(random.nextInt(open.size())).findFirst().orElseThrow();
        closed.giveBack(random.nextLong(open.remove(closed) + 1));
        closed.close();
      }
      assertThat(budget.used())
          .as("seed %d", seed)
          .isEqualTo(open.values().stream().mapToLong(Long::longValue).sum());
    }
    open.keySet().forEach(FairBudget.Lease::close);
    assertThat(budget.used()).isZero();
  }
}
