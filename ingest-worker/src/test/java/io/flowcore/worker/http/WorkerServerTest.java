package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.mapper.MapperManager;
import org.junit.jupiter.api.Test;

class WorkerServerTest {
  @Test
  @SuppressWarnings("removal")
  void anAccessToAHeaderCreatesNoNewMapperManager() throws Exception {
    Class.forName(WorkerServer.class.getName());

    assertThat(MapperManager.global()).isSameAs(MapperManager.global());
  }
}
