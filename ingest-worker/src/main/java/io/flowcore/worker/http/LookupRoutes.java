package io.flowcore.worker.http;

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
 * The routes that the published clients use to look up names and ids. A key sees only its own data
 * core and its own scope; anything else is reported as not found, whether it exists or not.
 */
final class LookupRoutes implements HttpService {
  private final RequestHandlers handlers;
  private final Responses responses;

  LookupRoutes(RequestHandlers handlers, Responses responses) {
    this.handlers = handlers;
    this.responses = responses;
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

  private void lookup(HttpRules rules, String path, RequestHandlers.Action action) {
    RequestHandlers.Action permitted =
        (principal, catalog, request, response) -> {
          principal.require(Permission.fetch);
          action.run(principal, catalog, request, response);
        };
    rules.get("/api/v1" + path, handlers.authenticated(permitted));
    rules.any("/api/v1" + path, handlers.methodNotAllowed(Method.GET));
  }

  private void tenantId(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core = ownTenant(principal, request);
    responses.sendJson(response, LookupJson.tenantNameAndId(core));
  }

  private void tenantInstance(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ownTenant(principal, request);
    responses.sendJson(response, LookupJson.TENANT_INSTANCE);
  }

  private void tenantInstanceById(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ownTenantById(principal, request);
    responses.sendJson(response, LookupJson.TENANT_INSTANCE);
  }

  private void tenantByName(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    responses.sendJson(response, LookupJson.tenant(ownTenant(principal, request)));
  }

  private void tenantById(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    responses.sendJson(response, LookupJson.tenant(ownTenantById(principal, request)));
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
    sendList(response, matches ? Stream.of(LookupJson.dataCore(core, principal)) : Stream.empty());
  }

  private void dataCore(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    DataCoreEntry core =
        ownDataCore(principal, pathId(request)).orElseThrow(() -> notFound("data core"));
    responses.sendJson(response, LookupJson.dataCore(core, principal).toString());
  }

  private void dataCoreExists(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    sendExists(response, ownDataCore(principal, pathId(request)).isPresent());
  }

  private static Optional<DataCoreEntry> ownDataCore(Principal principal, UUID id) {
    return Optional.of(principal.dataCore()).filter(core -> core.id().equals(id));
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
            .map(flow -> LookupJson.flowType(core, flow)));
  }

  private void flowType(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    FlowTypeEntry flow =
        ownFlowType(principal, catalog, pathId(request)).orElseThrow(() -> notFound("flow type"));
    responses.sendJson(response, LookupJson.flowType(principal.dataCore(), flow).toString());
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
            .map(LookupJson::eventType));
  }

  private void eventType(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response) {
    ResolvedEventType type =
        ownEventType(principal, catalog, pathId(request)).orElseThrow(() -> notFound("event type"));
    responses.sendJson(response, LookupJson.eventType(type).toString());
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

  private static UUID pathId(ServerRequest request) {
    return QueryParameters.uuid("id", request.path().pathParameters().get("id"));
  }

  /** Returns whether a query parameter is absent or equal to a value. */
  private static boolean matches(ServerRequest request, String filter, String value) {
    return request.query().first(filter).asOptional().map(value::equals).orElse(true);
  }

  private void sendExists(ServerResponse response, boolean exists) {
    responses.sendJson(response, LookupJson.exists(exists));
  }

  private void sendList(ServerResponse response, Stream<ObjectNode> nodes) {
    responses.sendJson(response, LookupJson.list(nodes));
  }

  private static ApiException notFound(String what) {
    return new ApiException(ErrorCode.NOT_FOUND, "the data core of this key has no such " + what);
  }
}
