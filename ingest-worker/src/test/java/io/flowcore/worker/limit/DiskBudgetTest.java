package io.flowcore.worker.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DiskBudgetTest {
  @Test
  void requestsAreRejectedUntilMoreThanTheReserveIsFreeAgain() throws Exception {
    AtomicLong free = new AtomicLong(1_001);
    DiskBudget budget = new DiskBudget(new DiskSpace(Path.of("data"), free::get, 10_000, 1_000));
    budget.require();
    free.set(1_000);
    await()
        .untilAsserted(() ->
            assertThatThrownBy(budget::require)
                .isInstanceOfSatisfying(
                    ApiException.class,
                    rejected -> assertThat(rejected.code()).isEqualTo(ErrorCode.OVERLOADED))
                .hasMessageContaining("disk full")
                .hasMessageContaining("has 1,000 bytes left, and 1,000 must stay free")
                .hasMessageNotContaining("data"));
    free.set(5_000);
    await().untilAsserted(() -> assertThatCode(budget::require).doesNotThrowAnyException());
  }
}
