package io.flowcore.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourceKindTest {
  @Test
  void findsEachKindByItsKubernetesName() {
    for (ResourceKind kind : ResourceKind.values()) {
      assertThat(ResourceKind.find(kind.kubernetesName())).contains(kind);
    }
    assertThat(ResourceKind.find("datacore")).isEmpty();
  }

  @Test
  void knowsTheKindsOfAllCustomResources() {
    assertThat(
            List.of(new DataCore(), new FlowType(), new EventType(), new WebhookKey()).stream()
                .map(resource -> ResourceKind.find(resource.getKind()).orElseThrow()))
        .containsExactly(
            ResourceKind.DATA_CORE,
            ResourceKind.FLOW_TYPE,
            ResourceKind.EVENT_TYPE,
            ResourceKind.WEBHOOK_KEY);
  }

  @Test
  void anIdOfAnUnknownKindIsAnError() {
    var namespace = new NamespaceBuilder().withNewMetadata().withName("n").endMetadata().build();

    assertThatThrownBy(() -> ResourceId.of(namespace)).hasMessageContaining("Namespace");
  }
}
