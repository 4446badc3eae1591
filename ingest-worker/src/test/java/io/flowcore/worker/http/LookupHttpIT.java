package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.typeId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorkerExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lookups of names and ids over HTTP. */
class LookupHttpIT {
  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  @Test
  void idsAndNamesCanBeLookedUp() {
    String core = Ids.dataCore("acme", "shop").toString();
    String flow = Ids.flowType(Ids.dataCore("acme", "shop"), "orders").toString();

    assertThat(worker.get("/api/v1/tenants/translate-name-to-id/acme").body())
        .isEqualTo("{\"id\":\"" + Ids.tenant("acme") + "\",\"name\":\"acme\"}");
    assertThat(worker.get("/api/v1/tenants/by-name/acme/instance").body())
        .isEqualTo("{\"isDedicated\":false,\"instance\":null}");
    assertThat(worker.get("/api/v1/tenants/by-name/else/instance").status()).isEqualTo(404);
    assertThat(
            worker.get("/api/v1/data-cores?tenant=acme&name=shop").json().get(0).get("id").asText())
        .isEqualTo(core);
    assertThat(worker.get("/api/v1/data-cores?tenant=acme&name=nope").body()).isEqualTo("[]");
    assertThat(worker.get("/api/v1/data-cores/" + core).json().get("name").asText())
        .isEqualTo("shop");
    assertThat(worker.get("/api/v1/flow-types?dataCoreId=" + core).json()).hasSize(1);
    assertThat(
            worker
                .get("/api/v1/flow-types?dataCoreId=" + core + "&name=orders")
                .json()
                .get(0)
                .get("id")
                .asText())
        .isEqualTo(flow);
    assertThat(worker.get("/api/v1/flow-types/" + flow).json().get("dataCoreId").asText())
        .isEqualTo(core);
    assertThat(worker.get("/api/v1/event-types?flowTypeId=" + flow).json()).hasSize(2);
    assertThat(
            worker
                .get("/api/v1/event-types?flowTypeId=" + flow + "&name=order.placed")
                .json()
                .get(0)
                .get("id")
                .asText())
        .isEqualTo(typeId("order.placed").toString());
    assertThat(
            worker
                .get("/api/v1/event-types/" + typeId("order.placed"))
                .json()
                .get("flowTypeId")
                .asText())
        .isEqualTo(flow);
    assertThat(worker.get("/api/v1/event-types/" + typeId("nope")).status()).isEqualTo(404);
    assertThat(worker.get("/api/v1/event-types/" + typeId("nope") + "/exists").body())
        .isEqualTo("{\"exists\":false}");
    assertThat(worker.send(worker.bare("/api/v1/data-cores").build()).status()).isEqualTo(401);
  }
}
