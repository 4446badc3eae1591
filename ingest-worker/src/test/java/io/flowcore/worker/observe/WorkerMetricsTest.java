package io.flowcore.worker.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkerMetricsTest {
  @Test
  void aCounterOfAComponentKeepsCountingAfterAGarbageCollection() {
    try (WorkerMetrics metrics = new WorkerMetrics()) {
      AtomicLong total = new AtomicLong(1);
      metrics.counter("flowcore.test", "A test", total::get);
      assertThat(metrics.scrape()).contains("flowcore_test_total 1.0");

      collectGarbage();
      total.set(7);

      assertThat(metrics.scrape()).contains("flowcore_test_total 7.0");
    }
  }

  private static void collectGarbage() {
    WeakReference<Object> probe = new WeakReference<>(new Object());
    await()
        .until(() -> {
          System.gc();
          return probe.get() == null;
        });
  }
}
