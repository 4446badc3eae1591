package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.mapper.MapperManager;
import org.junit.jupiter.api.Test;

class ListenersTest {
  @Test
  @SuppressWarnings("removal")
  void anAccessToAHeaderCreatesNoNewMapperManager() throws Exception {
    Class.forName(Listeners.class.getName());

    assertThat(MapperManager.global()).isSameAs(MapperManager.global());
  }
}
