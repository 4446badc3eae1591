package io.flowcore.worker.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskBudgetTest {
  @Test
  void requestsAreRejectedUntilMoreThanTheReserveIsFreeAgain() throws Exception {
    AtomicLong free = new AtomicLong(1_001);
    DiskBudget budget = new DiskBudget(free::get, 1_000);
    budget.require();
    free.set(1_000);
    await()
        .untilAsserted(() ->
            assertThatThrownBy(budget::require)
                .isInstanceOfSatisfying(
                    ApiException.class,
                    rejected -> assertThat(rejected.code()).isEqualTo(ErrorCode.OVERLOADED))
                .hasMessageContaining("has 1,000 bytes left, and 1,000 must stay free"));
    free.set(5_000);
    await().untilAsserted(() -> assertThatCode(budget::require).doesNotThrowAnyException());
  }

  @Test
  void theDiskIsReadAtMostTenTimesPerSecond() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    DiskBudget budget =
        new DiskBudget(
            () -> {
              reads.incrementAndGet();
              return Long.MAX_VALUE;
            },
            1);
    long start = System.nanoTime();
    for (int i = 0; i < 100_000; i++) {
      budget.require();
    }
    long tenths = (System.nanoTime() - start) / 100_000_000L;
    assertThat(reads.get()).isLessThanOrEqualTo((int) (2 + tenths));
  }

  @Test
  void aDiskThatCannotBeReadCountsAsFull() throws Exception {
    AtomicLong calls = new AtomicLong();
    DiskBudget budget =
        new DiskBudget(
            () -> {
              if (calls.getAndIncrement() > 0) {
                throw new IOException("gone");
              }
              return Long.MAX_VALUE;
            },
            1);
    await()
        .untilAsserted(() -> assertThatThrownBy(budget::require).isInstanceOf(ApiException.class));
  }

  @Test
  void byDefaultATenthOfTheDiskIsReservedAndAtMostTwoGibibytes(@TempDir Path directory)
      throws Exception {
    long total = directory.toFile().getTotalSpace();
    assertThat(DiskBudget.of(directory, OptionalLong.empty()).reserve())
        .isEqualTo(Math.min(total / 10, 2L << 30));
    assertThat(DiskBudget.of(directory, OptionalLong.of(5)).reserve()).isEqualTo(5);
  }
}
