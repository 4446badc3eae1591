package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Names and ids, as the published clients look them up. A key sees its own data core only; whatever
 * else there may be is answered like what does not exist. The fields are those that the clients
 * check for.
 */
final class LookupRoutes implements HttpService {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** No tenant has a server of its own here. */
  private static final String INSTANCE =
      NODES.objectNode().put("isDedicated", false).putNull("instance").toString();

  private final Guard guard;
  private final Responses answers;

  LookupRoutes(Guard guard, Responses answers) {
    this.guard = guard;
    this.answers = answers;
  }

  @Override
  public void routing(HttpRules rules) {
    lookup(rules, "/tenants/translate-name-to-id/{tenant}", this::tenantId);
    lookup(rules, "/tenants/by-name/{tenant}/instance", this::tenantInstance);
    lookup(rules, "/tenants/by-name/{tenant}", this::tenantByName);
    lookup(rules, "/tenants/by-id/{tenantId}/instance", this::tenantInstanceById);
    lookup(rules, "/tenants/by-id/{tenantId}", this::tenantById);
    lookup(rules, "/data-cores", this::dataCores);
    lookup(rules, "/data-cores/{id}", this::dataCore);
    lookup(rules, "/data-cores/{id}/exists", this::dataCoreExists);
    lookup(rules, "/flow-types", this::flowTypes);
    lookup(rules, "/flow-types/{id}", this::flowType);
    lookup(rules, "/flow-types/{id}/exists", this::flowTypeExists);
    lookup(rules, "/event-types", this::eventTypes);
    lookup(rules, "/event-types/{id}", this::eventType);
    lookup(rules, "/event-types/{id}/exists", this::eventTypeExists);
  }

  private void lookup(HttpRules rules, String path, Guard.Action action) {
    Guard.Action permitted =
        (principal, catalog, request, response) -> {
          principal.require(Permission.fetch);
          action.run(principal, catalog, request, response);
        };
    rules.get("/api/v1" + path, guard.authenticated(permitted));
    rules.any("/api/v1" + path, guard.only(Method.GET));
  }

  private void tenantId(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core = ownTenant(principal, request);
    answers.send(
        response,
        NODES
            .objectNode()
            .put("id", core.tenantId().toString())
            .put("name", core.tenant())
            .toString());
  }

  private void tenantInstance(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ownTenant(principal, request);
    answers.send(response, INSTANCE);
  }

  private void tenantInstanceById(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ownTenantById(principal, request);
    answers.send(response, INSTANCE);
  }

  private void tenantByName(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    answers.send(response, tenant(ownTenant(principal, request)));
  }

  private void tenantById(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    answers.send(response, tenant(ownTenantById(principal, request)));
  }

  private static String tenant(DataCoreEntry core) {
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

  private static DataCoreEntry ownTenant(Principal principal, ServerRequest request) {
    if (!principal.dataCore().tenant().equals(request.path().pathParameters().get("tenant"))) {
      throw notFound("tenant");
    }
    return principal.dataCore();
  }

  private static DataCoreEntry ownTenantById(Principal principal, ServerRequest request) {
    DataCoreEntry core = principal.dataCore();
    if (!core.tenantId().toString().equals(request.path().pathParameters().get("tenantId"))) {
      throw notFound("tenant");
    }
    return core;
  }

  private void dataCores(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core = principal.dataCore();
    boolean matches =
        matches(request, "tenant", core.tenant())
            && matches(request, "tenantId", core.tenantId().toString())
            && matches(request, "name", core.name());
    sendList(response, matches ? Stream.of(dataCoreNode(core, principal)) : Stream.empty());
  }

  private void dataCore(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core =
        ownDataCore(principal, pathId(request)).orElseThrow(() -> notFound("data core"));
    answers.send(response, dataCoreNode(core, principal).toString());
  }

  private void dataCoreExists(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    sendExists(response, ownDataCore(principal, pathId(request)).isPresent());
  }

  private static Optional<DataCoreEntry> ownDataCore(Principal principal, UUID id) {
    return Optional.of(principal.dataCore()).filter(core -> core.id().equals(id));
  }

  private static ObjectNode dataCoreNode(DataCoreEntry core, Principal principal) {
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

  private void flowTypes(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core = principal.dataCore();
    boolean own = matches(request, "dataCoreId", core.id().toString());
    sendList(
        response,
        core.flowTypes().stream()
            .filter(flow -> principal.covers(flow.name()))
            .filter(flow -> own && matches(request, "name", flow.name()))
            .map(flow -> flowTypeNode(core, flow)));
  }

  private void flowType(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    FlowTypeEntry flow =
        ownFlowType(principal, catalog, pathId(request)).orElseThrow(() -> notFound("flow type"));
    answers.send(response, flowTypeNode(principal.dataCore(), flow).toString());
  }

  private void flowTypeExists(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    sendExists(response, ownFlowType(principal, catalog, pathId(request)).isPresent());
  }

  private static Optional<FlowTypeEntry> ownFlowType(
      Principal principal, CatalogIndex catalog, UUID id) {
    return catalog
        .flowType(id)
        .filter(found -> found.dataCore().id().equals(principal.dataCore().id()))
        .map(CatalogIndex.ResolvedFlowType::flowType)
        .filter(flow -> principal.covers(flow.name()));
  }

  private static ObjectNode flowTypeNode(DataCoreEntry core, FlowTypeEntry flow) {
    return NODES
        .objectNode()
        .put("id", flow.id().toString())
        .put("tenantId", core.tenantId().toString())
        .put("dataCoreId", core.id().toString())
        .put("name", flow.name())
        .put("description", flow.description())
        .put("isDeleting", false);
  }

  private void eventTypes(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    Optional<FlowTypeEntry> flow =
        request
            .query()
            .first("flowTypeId")
            .asOptional()
            .flatMap(id -> ownFlowType(principal, catalog, QueryParameters.uuid("flowTypeId", id)));
    sendList(
        response,
        flow.stream()
            .flatMap(found -> found.eventTypes().stream())
            .filter(type -> matches(request, "name", type.name()))
            .flatMap(type -> ownEventType(principal, catalog, type.id()).stream())
            .map(LookupRoutes::eventTypeNode));
  }

  private void eventType(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ResolvedEventType type =
        ownEventType(principal, catalog, pathId(request)).orElseThrow(() -> notFound("event type"));
    answers.send(response, eventTypeNode(type).toString());
  }

  private void eventTypeExists(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    sendExists(response, ownEventType(principal, catalog, pathId(request)).isPresent());
  }

  private static Optional<ResolvedEventType> ownEventType(
      Principal principal, CatalogIndex catalog, UUID id) {
    return catalog
        .eventType(id)
        .filter(type -> type.dataCore().id().equals(principal.dataCore().id()))
        .filter(type -> principal.covers(type.flowType().name(), type.eventType().name()));
  }

  private static ObjectNode eventTypeNode(ResolvedEventType type) {
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

  private static UUID pathId(ServerRequest request) {
    return QueryParameters.uuid("id", request.path().pathParameters().get("id"));
  }

  /** Whether a filter of the URL is left out or names this value. */
  private static boolean matches(ServerRequest request, String filter, String value) {
    return request.query().first(filter).asOptional().map(value::equals).orElse(true);
  }

  private void sendExists(ServerResponse response, boolean exists) {
    answers.send(response, NODES.objectNode().put("exists", exists).toString());
  }

  private void sendList(ServerResponse response, Stream<ObjectNode> nodes) {
    ArrayNode list = NODES.arrayNode();
    nodes.forEach(list::add);
    answers.send(response, list.toString());
  }

  private static ApiException notFound(String what) {
    return new ApiException(
        ErrorCode.NOT_FOUND, "there is no such " + what + " in the data core of this key");
  }
}
