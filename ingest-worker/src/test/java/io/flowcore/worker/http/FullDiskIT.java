package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.WorkerClient.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ingestion and queries while the disk is nearly full. */
class FullDiskIT {
  @TempDir private Path directory;

  @Test
  void onANearlyFullDiskEventsAreRejectedAndQueriesWork() throws Exception {
    try (TestWorker worker = TestWorker.start(directory)) {
      assertThat(worker.post("/event" + TestWorker.PLACED, "{\"n\":1}").status()).isEqualTo(200);
      worker.restart(Long.MAX_VALUE);

      for (String path : new String[] {"/event", "/events", "/file"}) {
        Answer rejected = worker.post(path + TestWorker.PLACED, "[{\"n\":2}]");
        assertThat(rejected.status()).isEqualTo(503);
        assertThat(rejected.error()).isEqualTo("overloaded");
        assertThat(rejected.message()).contains("bytes left");
        assertThat(rejected.response().headers().firstValue("Retry-After")).isPresent();
      }
      assertThat(worker.events("order.placed")).hasSize(1);
      assertThat(worker.management("/observe/health/ready").status()).isEqualTo(200);
      assertThat(worker.management("/observe/metrics").body())
          .contains("flowcore_disk_free_bytes")
          .contains("flowcore_disk_reserve_bytes 9.223372036854776E18");

      worker.restart();
      assertThat(worker.post("/event" + TestWorker.PLACED, "{\"n\":2}").status()).isEqualTo(200);
    }
  }
}
