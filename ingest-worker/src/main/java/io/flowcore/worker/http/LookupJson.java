package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.ResolvedEventType;
import java.util.stream.Stream;

/** Builds the JSON of the lookup routes. The fields are those that the published clients check. */
final class LookupJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The instance of every tenant: no tenant has a dedicated server. */
  static final String TENANT_INSTANCE =
      NODES.objectNode().put("isDedicated", false).putNull("instance").toString();

  private LookupJson() {}

  static String tenantNameAndId(DataCoreEntry core) {
    return NODES
        .objectNode()
        .put("id", core.tenantId().toString())
        .put("name", core.tenant())
        .toString();
  }

  static String tenant(DataCoreEntry core) {
    return NODES
        .objectNode()
        .put("id", core.tenantId().toString())
        .put("name", core.tenant())
        .put("displayName", core.tenant())
        .put("description", "")
        .put("websiteUrl", "")
        .put("isDedicated", false)
        .putNull("dedicated")
        .toString();
  }

  static ObjectNode dataCore(DataCoreEntry core, Principal principal) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("id", core.id().toString())
            .put("tenantId", core.tenantId().toString())
            .put("tenant", core.tenant())
            .put("name", core.name())
            .put("description", core.description())
            .put("accessControl", "private")
            .put("deleteProtection", core.deletionProtection())
            .put("isDeleting", false)
            .put("isFlowcoreManaged", false);
    ArrayNode access = node.putArray("access");
    principal.key().permissions().forEach(permission -> access.add(permission.name()));
    return node;
  }

  static ObjectNode flowType(DataCoreEntry core, FlowTypeEntry flow) {
    return NODES
        .objectNode()
        .put("id", flow.id().toString())
        .put("tenantId", core.tenantId().toString())
        .put("dataCoreId", core.id().toString())
        .put("name", flow.name())
        .put("description", flow.description())
        .put("isDeleting", false);
  }

  static ObjectNode eventType(ResolvedEventType type) {
    return NODES
        .objectNode()
        .put("id", type.eventType().id().toString())
        .put("tenantId", type.dataCore().tenantId().toString())
        .put("dataCoreId", type.dataCore().id().toString())
        .put("flowTypeId", type.flowType().id().toString())
        .put("name", type.eventType().name())
        .put("description", type.eventType().description())
        .put("isTruncating", false)
        .put("isDeleting", false)
        .put("createdAt", type.eventType().createdAt().toString())
        .putNull("updatedAt");
  }

  static String exists(boolean exists) {
    return NODES.objectNode().put("exists", exists).toString();
  }

  static String list(Stream<ObjectNode> nodes) {
    ArrayNode list = NODES.arrayNode();
    nodes.forEach(list::add);
    return list.toString();
  }
}
