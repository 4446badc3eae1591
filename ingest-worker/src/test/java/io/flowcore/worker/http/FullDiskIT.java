package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorker.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskIT {
  @TempDir private Path folder;

  @Test
  void withTooLittleDiskEventsAreAskedToComeBackAndQueriesGoOn() throws Exception {
    try (TestWorker worker = TestWorker.start(folder)) {
      assertThat(worker.post("/event" + TestWorker.PLACED, "{\"n\":1}").status()).isEqualTo(200);
      worker.restart(Long.MAX_VALUE);

      for (String path : new String[] {"/event", "/events", "/file"}) {
        Answer refused = worker.post(path + TestWorker.PLACED, "[{\"n\":2}]");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.error()).isEqualTo("overloaded");
        assertThat(refused.message()).contains("bytes left");
        assertThat(refused.response().headers().firstValue("Retry-After")).isPresent();
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
