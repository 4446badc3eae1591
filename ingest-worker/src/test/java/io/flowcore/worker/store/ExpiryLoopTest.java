package io.flowcore.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the loop ends. */
class ExpiryLoopTest {
  @Test
  void aBacklogDoesNotDelayTheEndOfTheLoop() throws InterruptedException {
    CountDownLatch passes = new CountDownLatch(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    StoreMaintenance endless =
        new StoreMaintenance() {
          @Override
          public int expire(int limit) {
            threads.add(Thread.currentThread());
            passes.countDown();
            return limit;
          }

          @Override
          public StoreHealth health() {
            return new StoreHealth.Healthy();
          }
        };
    ExpiryLoop loop = new ExpiryLoop(endless, count -> {});
    assertThat(passes.await(30, TimeUnit.SECONDS)).isTrue();

    loop.close();

    // A pool has ended when its last thread has begun to exit.
    for (Thread thread : threads) {
      thread.join(30_000);
    }
    assertThat(threads).isNotEmpty().noneMatch(Thread::isAlive);
  }
}
